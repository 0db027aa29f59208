// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "core/base/result.hpp"

namespace muster::sim {

/// Where the first fault of a file is kept; later ones are mostly consequences.
struct FirstFault {
  std::optional<Failure> fault;
  std::string file;  ///< the place of what should be there and is not
};

/// Reads the keys of one TOML table by name and type, and remembers which were read, so that
/// `finish()` can report the others. A fault is one line, `FILE:LINE: key: reason; remedy`, and
/// goes to the FirstFault; the reader then gives nothing and goes on.
class CheckedTable {
 public:
  /// `path` is how the table is called in messages, such as "medium" or "event".
  CheckedTable(const toml::table& table, std::string path, FirstFault& faults)
      : table_(table), path_(std::move(path)), faults_(faults) {}

  [[nodiscard]] std::optional<std::string> string(std::string_view key);
  [[nodiscard]] std::optional<bool> boolean(std::string_view key);
  /// A whole number in [least, most].
  [[nodiscard]] std::optional<std::int64_t> whole(std::string_view key, std::int64_t least,
                                                  std::int64_t most);
  /// A number in [least, most].
  [[nodiscard]] std::optional<double> number(std::string_view key, double least, double most);
  /// A string that `parse` understands; `example` goes into the remedy.
  template <typename T>
  [[nodiscard]] std::optional<T> quantity(std::string_view key,
                                          std::optional<T> (*parse)(std::string_view),
                                          std::string_view example) {
    const auto text = string(key);
    if (!text) return std::nullopt;
    const auto value = parse(*text);
    if (!value)
      report(key, "\"" + *text + "\" is not such a quantity",
             "write for example \"" + std::string(example) + "\"");
    return value;
  }
  /// One of the given words, as its place in the list.
  [[nodiscard]] std::optional<std::size_t> choice(std::string_view key,
                                                  std::initializer_list<std::string_view> words);
  /// The value as it is, counted as read; null if there is none.
  [[nodiscard]] const toml::node* node(std::string_view key);
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] const toml::array* array(std::string_view key);
  /// The tables of `[[key]]`; empty if there is none.
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  /// Reports that `key` must be there, if it is not.
  void require(std::string_view key, std::string_view remedy);
  /// A fault of `key` (or of the table itself if it has no such key).
  void report(std::string_view key, std::string_view reason, std::string_view remedy);
  /// Reports the first key that nobody read.
  void finish();

  [[nodiscard]] std::uint32_t line() const { return table_.source().begin.line; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] FirstFault& faults() const { return faults_; }

 private:
  const toml::table& table_;
  std::string path_;
  FirstFault& faults_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace muster::sim
