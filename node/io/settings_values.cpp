// SPDX-License-Identifier: Apache-2.0
#include "node/io/settings_values.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace muster::node::settings_values {

Complaint text(const toml::node& value, std::string& out) {
  const auto found = value.value_exact<std::string>();
  if (!found) return "not a text; write \"...\"";
  if (found->empty()) return "empty; write something between the quotes, or remove the line";
  out = *found;
  return std::nullopt;
}

Complaint yes_or_no(const toml::node& value, bool& out) {
  const auto found = value.value_exact<bool>();
  if (!found) return "not true or false; write it without quotes";
  out = *found;
  return std::nullopt;
}

Complaint duration(const toml::node& value, Duration& out, Duration low, Duration high) {
  static const std::map<std::string, Duration> units{{"ms", std::chrono::milliseconds{1}},
                                                     {"s", std::chrono::seconds{1}},
                                                     {"m", std::chrono::minutes{1}},
                                                     {"h", std::chrono::hours{1}},
                                                     {"d", std::chrono::hours{24}}};
  const auto found = value.value_exact<std::string>();
  std::int64_t count = 0;
  if (found) {
    const auto [end, error] = std::from_chars(found->data(), found->data() + found->size(), count);
    const auto unit = units.find(std::string{end, found->data() + found->size()});
    if (error == std::errc{} && unit != units.end() && count >= 0 && count <= 1'000'000) {
      out = count * unit->second;
      if (out >= low && out <= high) return std::nullopt;
    }
  }
  return fmt::format("not a time from {} ms to {} s; write for example \"400ms\", \"4s\", \"7d\"",
                     low / std::chrono::milliseconds{1}, high / std::chrono::seconds{1});
}

Complaint fraction(const toml::node& value, double& out, double low, double high) {
  const auto found = value.value<double>();
  if (!value.is_number() || !found || !(*found >= low && *found <= high)) {
    return fmt::format("not a number from {} to {}", low, high);
  }
  out = *found;
  return std::nullopt;
}

Complaint one_of(const toml::node& value, std::string& out,
                 const std::vector<std::string>& allowed) {
  const auto found = value.value_exact<std::string>();
  if (found && std::find(allowed.begin(), allowed.end(), *found) != allowed.end()) {
    out = *found;
    return std::nullopt;
  }
  return fmt::format("not one of {}", fmt::join(allowed, ", "));
}

std::string at(const std::string& name, const toml::source_region& where) {
  return fmt::format("{}:{}", name, where.begin.line);
}

namespace {

std::string known_keys(const std::vector<Key>& keys) {
  std::string list;
  for (const auto& key : keys) list += (list.empty() ? "" : ", ") + key.name;
  return list;
}

}  // namespace

Complaint read_table(const toml::table& table, const Table& schema, const std::string& name) {
  for (const auto& [key, value] : table) {
    const auto known = std::find_if(schema.keys.begin(), schema.keys.end(),
                                    [&said = key](const Key& k) { return k.name == said.str(); });
    if (known == schema.keys.end()) {
      return fmt::format("{}: {}.{}: unknown key; the keys of [{}] are: {}", at(name, key.source()),
                         schema.name, key.str(), schema.name, known_keys(schema.keys));
    }
    if (const auto complaint = known->read(value)) {
      return fmt::format("{}: {}.{}: {}", at(name, value.source()), schema.name, key.str(),
                         *complaint);
    }
  }
  return std::nullopt;
}

}  // namespace muster::node::settings_values
