// SPDX-License-Identifier: Apache-2.0
#include "sip/params.hpp"

#include <algorithm>

#include "sip/scanner.hpp"

namespace muster::sip {
namespace {

auto named(std::string_view name) {
  return [name](const Param& param) { return same(param.name, name); };
}

/// gen-value: token, host (so brackets and colons too) or quoted-string.
std::optional<std::string> gen_value(Scanner& scanner) {
  if (scanner.peek() == '"') {
    const auto text = scanner.quoted_string();
    return text ? std::optional<std::string>{*text} : std::nullopt;
  }
  const auto text = scanner.until("; \t,");
  const bool valid = std::all_of(text.begin(), text.end(), [](char c) {
    return is_token_char(c) || c == '[' || c == ']' || c == ':';
  });
  if (text.empty() || !valid) return std::nullopt;
  return std::string{text};
}

}  // namespace

std::optional<std::string_view> Params::find(std::string_view name) const {
  const auto it = std::find_if(list.begin(), list.end(), named(name));
  if (it == list.end()) return std::nullopt;
  return it->value ? std::string_view{*it->value} : std::string_view{};
}

void Params::set(std::string_view name, std::optional<std::string> value) {
  const auto it = std::find_if(list.begin(), list.end(), named(name));
  if (it == list.end()) {
    list.push_back({std::string{name}, std::move(value)});
  } else {
    it->value = std::move(value);
  }
}

void Params::erase(std::string_view name) { std::erase_if(list, named(name)); }

std::string Params::str() const {
  std::string out;
  for (const auto& param : list) {
    out += ';';
    out += param.name;
    if (param.value) out += '=' + *param.value;
  }
  return out;
}

std::optional<Params> parse_header_params(Scanner& scanner) {
  Params params;
  while (scanner.take_separator(';')) {
    const auto name = scanner.token();
    if (!name) return std::nullopt;
    Param param{std::string{*name}, std::nullopt};
    if (scanner.take_separator('=')) {
      param.value = gen_value(scanner);
      if (!param.value) return std::nullopt;
    }
    params.list.push_back(std::move(param));
  }
  scanner.skip_space();
  return params;
}

}  // namespace muster::sip
