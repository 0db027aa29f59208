// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Reads a file of lines of words, and words as numbers; comments (#) and empty lines are skipped.
/// The first fault is kept, as one line that names file, line, reason and remedy; after it there
/// are no more lines.
class TraceLines {
 public:
  TraceLines(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

  /// The words of the next line; nothing at the end or after a fault. A last line without an end is
  /// a fault: whatever wrote the file did not finish.
  [[nodiscard]] std::optional<std::vector<std::string_view>> next();
  void fail(std::string_view reason, std::string_view remedy);

  [[nodiscard]] double number(std::string_view word);
  [[nodiscard]] double metres(std::string_view word);
  /// Seconds, not negative.
  [[nodiscard]] Duration time(std::string_view word);
  /// A number of a host, counted from `first`.
  [[nodiscard]] HostIndex host(std::string_view word, std::uint64_t first = 0);

  [[nodiscard]] const std::optional<Failure>& fault() const { return fault_; }

 private:
  std::string_view rest_;
  std::string_view file_;
  std::uint64_t line_ = 0;
  std::optional<Failure> fault_;
};

}  // namespace muster::sim
