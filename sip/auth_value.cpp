// SPDX-License-Identifier: Apache-2.0
#include "sip/auth_value.hpp"

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

std::optional<std::string> parse_value(Scanner& scanner) {
  if (scanner.peek() == '"') {
    const auto inside = scanner.quoted_string();
    return inside ? std::optional{unquoted(*inside)} : std::nullopt;
  }
  const auto bare = scanner.until(", \t");
  if (bare.empty() || bare.find('"') != bare.npos) return std::nullopt;
  return std::string{bare};
}

}  // namespace

std::optional<AuthValue> AuthValue::parse(std::string_view text) {
  Scanner scanner(trimmed(text));
  const auto scheme = scanner.token();
  if (!scheme || !scanner.take_space()) return std::nullopt;
  AuthValue value{std::string{*scheme}, {}};
  do {
    const auto name = scanner.token();
    if (!name || value.params.has(*name) || !scanner.take_separator('=')) return std::nullopt;
    auto content = parse_value(scanner);
    if (!content || value.params.list.size() == params_max) return std::nullopt;
    value.params.list.push_back({std::string{*name}, std::move(content)});
  } while (scanner.take_separator(','));
  scanner.skip_space();
  return scanner.at_end() ? std::optional{value} : std::nullopt;
}

}  // namespace muster::sip
