// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "sip/header.hpp"
#include "sip/uri.hpp"

namespace muster::sip {

/// One SIP request or response (RFC 3261 section 7). Header fields keep their order, name and
/// value as they came; they are found by name whatever their case or compact form.
///
/// A message that came out of `parse` has exactly one well-formed From, To, Call-ID and CSeq, at
/// least one Via, and well-formed Via, Contact, Route and Record-Route values. Of a message built
/// by hand an accessor gives an empty value for what is not there.
class Message {
 public:
  [[nodiscard]] static Message request(std::string method, Uri request_uri);
  [[nodiscard]] static Message response(unsigned status, std::string reason);

  [[nodiscard]] bool is_request() const { return status_ == 0; }
  /// Of a request its method; of a response the method in its CSeq.
  [[nodiscard]] std::string method() const;
  [[nodiscard]] const Uri& request_uri() const { return request_uri_; }
  void set_request_uri(Uri uri) { request_uri_ = std::move(uri); }
  /// 100..699; 0 for a request.
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

  [[nodiscard]] const std::vector<Header>& headers() const { return headers_; }
  /// The first field of that name, whole. Views live until the message changes.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// All values of that name in order, split at commas where the grammar has a list.
  [[nodiscard]] std::vector<std::string_view> headers(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return header(name).has_value(); }

  /// One field of that name in the place of the first, all others of that name removed. Values
  /// hold neither CR nor LF.
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string value);
  /// Before the first field of that name; at the very front if there is none.
  void prepend(std::string_view name, std::string value);
  /// Takes away the first value: one element where the field is a list, else the whole field.
  void remove_first(std::string_view name);
  void remove(std::string_view name);

  std::string body;

  [[nodiscard]] std::optional<Via> via_top() const;
  /// In the place of the topmost value, which must be there.
  void set_via_top(const Via& via);
  [[nodiscard]] NameAddr from() const;
  [[nodiscard]] NameAddr to() const;
  [[nodiscard]] CSeq cseq() const;
  [[nodiscard]] std::string call_id() const;
  /// Empty for `Contact: *`.
  [[nodiscard]] std::vector<NameAddr> contacts() const;
  [[nodiscard]] bool contact_is_wildcard() const;
  [[nodiscard]] std::vector<NameAddr> routes() const;
  [[nodiscard]] std::vector<NameAddr> record_routes() const;
  /// 0..255; nothing if absent or not such a number.
  [[nodiscard]] std::optional<unsigned> max_forwards() const;
  /// Seconds; nothing if absent or beyond 32 bits, which means the default (RFC 3261 20.19).
  [[nodiscard]] std::optional<std::uint32_t> expires() const;
  /// "application/sdp": type and subtype in lower case without parameters; empty if absent.
  [[nodiscard]] std::string content_type() const;

  /// As sent on the wire, with a Content-Length that is right.
  [[nodiscard]] Bytes serialise() const;

 private:
  std::vector<NameAddr> addresses(std::string_view name) const;

  std::string method_;
  Uri request_uri_;
  unsigned status_ = 0;
  std::string reason_;
  std::vector<Header> headers_;
};

/// A response to `request` with its Via, From, To, Call-ID and CSeq (RFC 3261 section 8.2.6), its
/// Record-Route where the response may make a dialog, its Timestamp in a 100. `to_tag` is added
/// if To has none and the response is no 100; empty leaves To as it is.
[[nodiscard]] Message make_response(const Message& request, unsigned status,
                                    std::string_view reason = {}, std::string_view to_tag = {});

/// The usual words for a status code (RFC 3261 section 21).
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace muster::sip
