// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/time.hpp"

/// How values of the configuration are read and what is said of bad ones.
namespace muster::node::settings_values {

/// What is wrong with one value; the caller knows which key and where.
using Complaint = std::optional<std::string>;

struct Key {
  std::string name;
  std::function<Complaint(const toml::node&)> read;
};

struct Table {
  std::string name;
  std::vector<Key> keys;
};

[[nodiscard]] Complaint text(const toml::node& value, std::string& out);
[[nodiscard]] Complaint yes_or_no(const toml::node& value, bool& out);
[[nodiscard]] Complaint duration(const toml::node& value, Duration& out, Duration low,
                                 Duration high);
/// A number with or without a point.
[[nodiscard]] Complaint fraction(const toml::node& value, double& out, double low, double high);
[[nodiscard]] Complaint one_of(const toml::node& value, std::string& out,
                               const std::vector<std::string>& allowed);

template <typename Number>
Complaint number(const toml::node& value, Number& out, std::int64_t low, std::int64_t high) {
  const auto found = value.value_exact<std::int64_t>();
  if (!found || *found < low || *found > high) {
    return fmt::format("not a whole number from {} to {}", low, high);
  }
  out = static_cast<Number>(*found);
  return std::nullopt;
}

/// "node.toml:7"
[[nodiscard]] std::string at(const std::string& name, const toml::source_region& where);
/// Reads every key of `table`; what is wrong names file, line and key.
[[nodiscard]] Complaint read_table(const toml::table& table, const Table& schema,
                                   const std::string& name);

}  // namespace muster::node::settings_values
