// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/params.hpp"
#include "sip/uri.hpp"

namespace muster::sip {

/// One header field line. The value is unfolded and without white space at its ends.
struct Header {
  std::string name;
  std::string value;
};

/// name-addr or addr-spec with header parameters: From, To, Contact, Route, Record-Route.
struct NameAddr {
  std::string display;  ///< without quotes and escapes
  Uri uri;
  Params params;

  /// Nothing if malformed. In the form without brackets a URI may hold neither ',', '?' nor ';'
  /// (RFC 3261 section 20).
  [[nodiscard]] static std::optional<NameAddr> parse(std::string_view text);
  /// Always with brackets.
  [[nodiscard]] std::string str() const;
  /// Empty if there is none.
  [[nodiscard]] std::string tag() const { return std::string{params.find("tag").value_or("")}; }
};

inline constexpr std::string_view branch_magic_cookie = "z9hG4bK";

/// One value of the Via header field.
struct Via {
  std::string version = "2.0";
  std::string transport;  ///< as written: "UDP", "TCP", "MUSTER" ...
  std::string host;       ///< sent-by; an IPv6 address has its brackets
  std::optional<std::uint16_t> port;
  Params params;

  [[nodiscard]] static std::optional<Via> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
  /// Empty if there is none.
  [[nodiscard]] std::string branch() const {
    return std::string{params.find("branch").value_or("")};
  }
  /// The branch names its transaction by itself (RFC 3261 section 8.1.1.7): the magic cookie and
  /// something after it. Otherwise transactions are matched by RFC 2543's rules.
  [[nodiscard]] bool branch_is_unique() const;
  [[nodiscard]] std::optional<IpAddress> received() const;
  /// RFC 3581: asked for (`rport` without value) or filled in.
  [[nodiscard]] bool wants_rport() const { return params.has("rport"); }
  [[nodiscard]] std::optional<std::uint16_t> rport() const;
  /// "host:port", lower case, port 5060 if it has none: what RFC 3261 section 17.2.3 compares.
  [[nodiscard]] std::string sent_by() const;
};

struct CSeq {
  std::uint32_t number = 0;
  std::string method;

  [[nodiscard]] static std::optional<CSeq> parse(std::string_view text);
  [[nodiscard]] std::string str() const { return std::to_string(number) + ' ' + method; }
};

/// The long form of a compact header name, and the name itself otherwise.
[[nodiscard]] std::string_view long_form(std::string_view name);
/// Same header field, whatever case or compact form.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b);
/// The grammar of this header field is a list with commas.
[[nodiscard]] bool is_list_header(std::string_view name);
/// Splits at commas outside of quotes and angle brackets; each piece trimmed.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view value);

}  // namespace muster::sip
