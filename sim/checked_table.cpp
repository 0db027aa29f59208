// SPDX-License-Identifier: Apache-2.0
#include "sim/checked_table.hpp"

#include <fmt/format.h>

#include "core/base/one_line.hpp"

namespace muster::sim {

const toml::node* CheckedTable::node(std::string_view key) {
  read_.emplace(key);
  return table_.get(key);
}

std::optional<std::string> CheckedTable::string(std::string_view key) {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (const auto value = found->value_exact<std::string>()) return value;
  report(key, "a string is wanted here", "put the value in double quotes");
  return std::nullopt;
}

std::optional<bool> CheckedTable::boolean(std::string_view key) {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (const auto value = found->value_exact<bool>()) return value;
  report(key, "true or false is wanted here", "write it without quotes");
  return std::nullopt;
}

std::optional<std::int64_t> CheckedTable::whole(std::string_view key, std::int64_t least,
                                                std::int64_t most) {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  const auto value = found->value_exact<std::int64_t>();
  if (value && *value >= least && *value <= most) return value;
  report(key, "not a whole number that is possible here",
         fmt::format("give {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> CheckedTable::number(std::string_view key, double least, double most) {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_number()) {
    const double value = found->value_or(0.0);
    if (value >= least && value <= most) return value;
  }
  report(key, "not a number that is possible here",
         fmt::format("give {} to {}, without a unit", least, most));
  return std::nullopt;
}

std::optional<std::size_t> CheckedTable::choice(std::string_view key,
                                                std::initializer_list<std::string_view> words) {
  const auto text = string(key);
  if (!text) return std::nullopt;
  std::size_t place = 0;
  std::string all;
  for (const auto word : words) {
    if (word == *text) return place;
    ++place;
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  report(key, fmt::format("there is no \"{}\"", *text), "choose one of: " + all);
  return std::nullopt;
}

const toml::table* CheckedTable::table(std::string_view key) {
  const auto* found = node(key);
  if (found == nullptr || found->is_table()) return found == nullptr ? nullptr : found->as_table();
  report(key, "a table is wanted here", fmt::format("write [{}] or {} = {{ ... }}", key, key));
  return nullptr;
}

const toml::array* CheckedTable::array(std::string_view key) {
  const auto* found = node(key);
  if (found == nullptr || found->is_array()) return found == nullptr ? nullptr : found->as_array();
  report(key, "a list is wanted here", "write [ ..., ... ]");
  return nullptr;
}

std::vector<const toml::table*> CheckedTable::tables(std::string_view key) {
  std::vector<const toml::table*> all;
  const auto* found = node(key);
  if (found == nullptr) return all;
  const auto* list = found->as_array();
  if (list == nullptr || !list->is_homogeneous<toml::table>()) {
    report(key, "a list of tables is wanted here", fmt::format("write [[{}]]", key));
    return all;
  }
  for (const auto& entry : *list) all.push_back(entry.as_table());
  return all;
}

void CheckedTable::require(std::string_view key, std::string_view remedy) {
  if (!has(key)) report(key, "it is missing", remedy);
}

void CheckedTable::report(std::string_view key, std::string_view reason, std::string_view remedy) {
  if (faults_.fault) return;
  const auto* found = table_.get(key);
  const auto& source = found != nullptr ? found->source() : table_.source();
  const auto name = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  // A value that came by --set has no place in the file: toml++ does not copy it.
  std::string place = found != nullptr ? "--set" : faults_.file;
  if (source.path) place = fmt::format("{}:{}", *source.path, source.begin.line);
  faults_.fault = Failure{one_line(fmt::format("{}: {}: {}; {}", place, name, reason, remedy))};
}

void CheckedTable::finish() {
  for (const auto& [key, value] : table_) {
    if (read_.contains(key.str())) continue;
    std::string known;
    for (const auto& name : read_) known += (known.empty() ? "" : ", ") + name;
    report(key.str(), "there is no such key", "known here: " + known);
    return;
  }
}

}  // namespace muster::sim
