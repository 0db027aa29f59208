// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ip_endpoint.hpp"
#include "sip/params.hpp"

namespace muster::sip {

/// A URI of RFC 3261 section 19.1. Every part but the scheme is kept as written, escapes included,
/// so that `str()` gives back what was parsed. Of schemes other than sip and sips only `opaque` is
/// filled.
struct Uri {
  std::string scheme = "sip";  ///< lower case
  std::string user;
  std::optional<std::string> password;
  std::string host;  ///< an IPv6 address has its brackets
  std::optional<std::uint16_t> port;
  Params params;
  std::string headers;  ///< what follows '?'
  std::string opaque;   ///< what follows the colon of any other scheme

  [[nodiscard]] static std::optional<Uri> parse(std::string_view text);
  [[nodiscard]] std::string str() const;

  [[nodiscard]] bool is_sip() const { return scheme == "sip" || scheme == "sips"; }
  /// Host and port where the host is an IP address; port 5060 (sips: 5061) if it has none.
  [[nodiscard]] std::optional<IpEndpoint> ip_endpoint() const;
  /// The user with escapes resolved, but for %00, which stays.
  [[nodiscard]] std::string user_text() const;
  /// "sip:user@host": scheme, resolved user and lower-case host, as a key for tables of users.
  [[nodiscard]] std::string aor() const;
};

/// Equivalence of RFC 3261 section 19.1.4. URIs of other schemes: identical text.
[[nodiscard]] bool equivalent(const Uri& a, const Uri& b);

/// Host name, IPv4 address or bracketed IPv6 reference.
[[nodiscard]] bool is_host(std::string_view text);
/// The address in `host`, brackets or not; nothing if it is a name.
[[nodiscard]] std::optional<IpAddress> host_address(std::string_view host);

struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};
/// "host", "host:port", "[v6]:port"; white space around the colon is allowed, as in Via.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);

}  // namespace muster::sip
