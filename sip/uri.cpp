// SPDX-License-Identifier: Apache-2.0
#include "sip/uri.hpp"

#include <algorithm>
#include <map>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

constexpr std::string_view mark = "-_.!~*'()";
constexpr std::string_view user_extra = "&=+$,;?/";
constexpr std::string_view password_extra = "&=+$,";
constexpr std::string_view param_extra = "[]/:&+$";
constexpr std::string_view header_extra = "[]/?:+$&=";

bool is_unreserved(char c) { return is_alphanumeric(c) || mark.find(c) != mark.npos; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// The octet of the escape at `text[i]`, or -1 if there is none.
int escaped_octet(std::string_view text, std::size_t i) {
  if (i + 2 >= text.size() || text[i] != '%') return -1;
  const int high = hex_digit(text[i + 1]);
  const int low = hex_digit(text[i + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Unreserved characters, escapes and `extra`.
bool made_of(std::string_view text, std::string_view extra) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (escaped_octet(text, i) < 0) return false;
      i += 2;
    } else if (!is_unreserved(text[i]) && extra.find(text[i]) == extra.npos) {
      return false;
    }
  }
  return true;
}

/// Escapes replaced by what they stand for where `resolve` says so.
template <typename Predicate>
std::string unescaped(std::string_view text, Predicate resolve) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int octet = escaped_octet(text, i);
    if (octet < 0 || !resolve(static_cast<char>(octet))) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(octet);
    i += 2;
  }
  return out;
}

/// Escapes of characters that need none say the same as the characters (section 19.1.4).
std::string comparable(std::string_view text) { return unescaped(text, is_unreserved); }

bool parse_userinfo(std::string_view text, Uri& uri) {
  const auto colon = text.find(':');
  uri.user = text.substr(0, colon);
  if (colon != text.npos) uri.password = text.substr(colon + 1);
  return !uri.user.empty() && made_of(uri.user, user_extra) &&
         (!uri.password || made_of(*uri.password, password_extra));
}

bool parse_uri_params(std::string_view text, Params& params) {
  Scanner scanner(text);
  while (scanner.take(';')) {
    const auto one = scanner.until(";");
    const auto equals = one.find('=');
    Param param{std::string{one.substr(0, equals)}, std::nullopt};
    if (equals != one.npos) param.value = one.substr(equals + 1);
    if (param.name.empty() || !made_of(param.name, param_extra)) return false;
    if (param.value && (param.value->empty() || !made_of(*param.value, param_extra))) return false;
    params.list.push_back(std::move(param));
  }
  return scanner.at_end();
}

bool is_scheme(std::string_view text) {
  const bool starts_well =
      !text.empty() && lower(text.front()) >= 'a' && lower(text.front()) <= 'z';
  return starts_well && std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
         });
}

bool is_opaque(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '<' && c != '>' && c != '"';
  });
}

/// "a=1&b=2" as a set without order; header names without case.
std::multimap<std::string, std::string> header_set(std::string_view text) {
  std::multimap<std::string, std::string> set;
  Scanner scanner(text);
  while (!scanner.at_end()) {
    const auto one = scanner.until("&");
    const auto equals = one.find('=');
    const auto value = equals == one.npos ? std::string_view{} : one.substr(equals + 1);
    set.emplace(lower(comparable(one.substr(0, equals))), comparable(value));
    scanner.take('&');
  }
  return set;
}

/// Parameters whose presence on one side only makes URIs different. `transport` is not in the text
/// of section 19.1.4 but in its examples.
bool decides_when_alone(std::string_view name) {
  return same(name, "user") || same(name, "ttl") || same(name, "method") || same(name, "maddr") ||
         same(name, "transport");
}

bool params_agree(const Params& a, const Params& b) {
  return std::all_of(a.list.begin(), a.list.end(), [&](const Param& param) {
    const auto other = b.find(param.name);
    if (!other) return !decides_when_alone(param.name);
    // A name that is there twice, against section 19.1.1, means what it said first.
    return same(comparable(*a.find(param.name)), comparable(*other));
  });
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '[') return host_address(text).has_value();
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::optional<IpAddress> host_address(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    return address && address->v6 ? address : std::nullopt;
  }
  return IpAddress::parse(host);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto bracket = text.find(']');
  const auto colon = text.find(':', bracket == text.npos ? 0 : bracket);
  HostPort parsed{std::string{trimmed(text.substr(0, colon))}, std::nullopt};
  if (!is_host(parsed.host)) return std::nullopt;
  if (colon != text.npos) {
    const auto port = whole_number(trimmed(text.substr(colon + 1)));
    if (!port || *port > 0xffff) return std::nullopt;
    parsed.port = static_cast<std::uint16_t>(*port);
  }
  return parsed;
}

std::optional<Uri> Uri::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || !is_scheme(text.substr(0, colon))) return std::nullopt;
  Uri uri;
  uri.scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  if (!uri.is_sip()) {
    uri.opaque = rest;
    return is_opaque(rest) ? std::optional{uri} : std::nullopt;
  }
  // An '@' that is not escaped occurs nowhere but after the user part.
  if (const auto at = rest.find('@'); at != rest.npos) {
    if (!parse_userinfo(rest.substr(0, at), uri)) return std::nullopt;
    rest.remove_prefix(at + 1);
  }
  Scanner scanner(rest);
  const auto where = scanner.until(";?");
  const auto host_port = parse_host_port(where);
  if (!host_port || where.find_first_of(" \t") != where.npos) return std::nullopt;
  uri.host = host_port->host;
  uri.port = host_port->port;
  if (!parse_uri_params(scanner.until("?"), uri.params)) return std::nullopt;
  if (scanner.take('?')) {
    uri.headers = scanner.rest();
    if (uri.headers.empty() || !made_of(uri.headers, header_extra)) return std::nullopt;
  }
  return uri;
}

std::string Uri::str() const {
  std::string out = scheme + ':';
  if (!is_sip()) return out + opaque;
  if (!user.empty()) {
    out += user;
    if (password) out += ':' + *password;
    out += '@';
  }
  out += host;
  if (port) out += ':' + std::to_string(*port);
  out += params.str();
  if (!headers.empty()) out += '?' + headers;
  return out;
}

std::optional<IpEndpoint> Uri::ip_endpoint() const {
  const auto address = host_address(host);
  if (!is_sip() || !address) return std::nullopt;
  const std::uint16_t usual = scheme == "sips" ? 5061 : 5060;
  return IpEndpoint{*address, port.value_or(usual)};
}

std::string Uri::user_text() const {
  return unescaped(user, [](char c) { return c != '\0'; });
}

std::string Uri::aor() const {
  if (!is_sip()) return str();
  const std::string name = user_text();
  return scheme + ':' + (name.empty() ? "" : name + '@') + lower(host);
}

bool equivalent(const Uri& a, const Uri& b) {
  if (a.scheme != b.scheme) return false;
  if (!a.is_sip()) return a.opaque == b.opaque;
  if (comparable(a.user) != comparable(b.user)) return false;
  if (a.password.has_value() != b.password.has_value() ||
      comparable(a.password.value_or("")) != comparable(b.password.value_or(""))) {
    return false;
  }
  return same(a.host, b.host) && a.port == b.port && params_agree(a.params, b.params) &&
         params_agree(b.params, a.params) && header_set(a.headers) == header_set(b.headers);
}

}  // namespace muster::sip
