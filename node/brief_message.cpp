// SPDX-License-Identifier: Apache-2.0
#include "node/brief_message.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "security/crypto.hpp"
#include "sip/parser.hpp"

namespace muster::node {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// What the far end makes anew, what says nothing about the message itself, and by what its phone
/// has proven itself to this node: the far one has no use for it.
bool may_be_left_out(std::string_view header) {
  constexpr std::array<std::string_view, 15> known{
      "Via",          "From",           "To",           "Call-ID",       "CSeq",
      "Max-Forwards", "Allow",          "Supported",    "User-Agent",    "Contact",
      "Accept",       "Content-Length", "Content-Type", "Authorization", "Proxy-Authorization"};
  return std::ranges::any_of(known, [&](std::string_view one) { return same_name(one, header); });
}

bool plain(std::string_view content_type) {
  std::string compact;
  for (const char c : content_type) {
    if (c != ' ' && c != '"') compact += static_cast<char>(std::tolower(c));
  }
  return compact == "text/plain" || compact == "text/plain;charset=utf-8";
}

}  // namespace

UserHint user_hint(std::string_view aor) {
  Bytes text = to_bytes(as_bytes("muster user hint 1\n"));
  append(text, as_bytes(aor));
  return UserHint::from(BytesView(security::sha256(text)).first(UserHint::size)).value();
}

bool hints_at(BytesView hint, std::string_view aor) {
  const UserHint whole = user_hint(aor);
  return !hint.empty() && hint.size() <= whole.octets.size() &&
         std::ranges::equal(hint, whole.view().first(hint.size()));
}

std::optional<std::string> plain_text_of(BytesView request, std::string_view sender,
                                         std::string_view recipient) {
  const auto message = sip::parse(request);
  if (!message || !message->is_request() || message->method() != "MESSAGE") return std::nullopt;
  const auto names = [](const sip::Uri& uri, std::string_view aor) {
    return fmt::format("{}@{}", uri.user, uri.host) == aor;
  };
  if (!names(message->from().uri, sender) || !names(message->to().uri, recipient) ||
      !names(message->request_uri(), recipient) ||
      !plain(message->header("Content-Type").value_or("")))
    return std::nullopt;
  for (const auto& header : message->headers()) {
    if (!may_be_left_out(header.name)) return std::nullopt;
  }
  return message->body;
}

Bytes request_of_text(std::string_view sender, std::string_view recipient,
                      std::string_view identity, std::string_view text) {
  const std::string_view domain = sender.substr(std::min(sender.find('@') + 1, sender.size()));
  return to_bytes(
      as_bytes(fmt::format("MESSAGE sip:{1} SIP/2.0\r\n"
                           "Via: SIP/2.0/UDP {3};branch=z9hG4bKbrief\r\n"
                           "Max-Forwards: 70\r\n"
                           "From: <sip:{0}>;tag={2:.8}\r\n"
                           "To: <sip:{1}>\r\n"
                           "Call-ID: {2}@{3}\r\n"
                           "CSeq: 1 MESSAGE\r\n"
                           "Content-Type: text/plain;charset=UTF-8\r\n"
                           "Content-Length: {4}\r\n"
                           "\r\n"
                           "{5}",
                           sender, recipient, identity, domain, text.size(), text)));
}

}  // namespace muster::node
