// SPDX-License-Identifier: Apache-2.0
#include "sip/header.hpp"

#include <algorithm>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

/// What may stand before '<': nothing, a quoted-string, or tokens with white space. Letters beyond
/// ASCII should be in quotes, but phones send them without and their meaning is plain.
std::optional<std::string> parse_display(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '"') {
    Scanner scanner(text);
    const auto inside = scanner.quoted_string();
    if (!inside || !scanner.at_end()) return std::nullopt;
    return unquoted(*inside);
  }
  const bool tokens = std::all_of(text.begin(), text.end(), [](char c) {
    return is_token_char(c) || c == ' ' || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
  });
  return tokens ? std::optional<std::string>{text} : std::nullopt;
}

/// The place of the '<' that opens the URI, past any quoted display name; npos if there is none.
std::size_t opening_bracket(std::string_view text) {
  Scanner scanner(text);
  if (scanner.peek() == '"' && !scanner.quoted_string()) return text.npos;
  return text.find('<', text.size() - scanner.rest().size());
}

std::optional<NameAddr> parse_bracketed(std::string_view text, std::size_t bracket) {
  const auto display = parse_display(text.substr(0, bracket));
  const auto close = text.find('>', bracket);
  if (!display || close == text.npos) return std::nullopt;
  const auto uri = Uri::parse(text.substr(bracket + 1, close - bracket - 1));
  Scanner scanner(text.substr(close + 1));
  const auto params = parse_header_params(scanner);
  if (!uri || !params || !scanner.at_end()) return std::nullopt;
  return NameAddr{*display, *uri, *params};
}

}  // namespace

std::optional<NameAddr> NameAddr::parse(std::string_view text) {
  text = trimmed(text);
  if (const auto bracket = opening_bracket(text); bracket != text.npos) {
    return parse_bracketed(text, bracket);
  }
  Scanner scanner(text);
  const auto bare = scanner.until("; \t");
  if (bare.find_first_of(",?") != bare.npos) return std::nullopt;
  const auto uri = Uri::parse(bare);
  const auto params = parse_header_params(scanner);
  if (!uri || !params || !scanner.at_end()) return std::nullopt;
  return NameAddr{{}, *uri, *params};
}

std::string NameAddr::str() const {
  const std::string name = display.empty() ? "" : quoted(display) + ' ';
  return name + '<' + uri.str() + '>' + params.str();
}

std::optional<Via> Via::parse(std::string_view text) {
  Scanner scanner(trimmed(text));
  const auto protocol = scanner.token();
  if (!protocol || !same(*protocol, "SIP") || !scanner.take_separator('/')) return std::nullopt;
  const auto version = scanner.token();
  if (!version || !scanner.take_separator('/')) return std::nullopt;
  const auto transport = scanner.token();
  if (!transport || !scanner.take_space()) return std::nullopt;
  const auto sent_by = parse_host_port(scanner.until(";"));
  const auto params = parse_header_params(scanner);
  if (!sent_by || !params || !scanner.at_end()) return std::nullopt;
  return Via{std::string{*version}, std::string{*transport}, sent_by->host, sent_by->port, *params};
}

std::string Via::str() const {
  std::string out = "SIP/" + version + '/' + transport + ' ' + host;
  if (port) out += ':' + std::to_string(*port);
  return out + params.str();
}

bool Via::branch_is_unique() const {
  const auto value = params.find("branch").value_or("");
  return value.size() > branch_magic_cookie.size() &&
         same(value.substr(0, branch_magic_cookie.size()), branch_magic_cookie);
}

std::optional<IpAddress> Via::received() const {
  const auto value = params.find("received");
  return value ? host_address(*value) : std::nullopt;
}

std::optional<std::uint16_t> Via::rport() const {
  const auto value = whole_number(params.find("rport").value_or(""));
  if (!value || *value > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::string Via::sent_by() const { return lower(host) + ':' + std::to_string(port.value_or(5060)); }

std::optional<CSeq> CSeq::parse(std::string_view text) {
  Scanner scanner(trimmed(text));
  const auto number = scanner.number();
  if (!number || !scanner.take_space() || !is_token(scanner.rest())) return std::nullopt;
  return CSeq{*number, std::string{scanner.rest()}};
}

}  // namespace muster::sip
