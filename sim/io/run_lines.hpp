// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.hpp"

namespace muster::sim {

/// One run out of a file of runs, one JSON object a line.
struct RunLine {
  std::string place;  ///< "r.jsonl:17"
  std::uint64_t seed = 0;
  nlohmann::json report;

  /// False for a run that gave no figures, because its process died.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] bool passed() const;
};

struct RunLines {
  std::vector<RunLine> lines;
  std::vector<std::string> damaged;  ///< a sentence each: lines that are no run, such as torn ones
};

/// All runs of a file, in its order. A failure if it cannot be read.
[[nodiscard]] Result<RunLines> read_run_lines(const std::filesystem::path& path);

/// One run from its text; a failure says why it is none. `place` goes into it.
[[nodiscard]] Result<RunLine> parse_run_line(const std::string& text, const std::string& place);

/// The run's line that a `run --json` has printed, and what it printed beside it.
struct PrintedReport {
  nlohmann::json report;
  std::string others;
};
/// Nothing if there is no such line.
[[nodiscard]] std::optional<PrintedReport> report_in(const std::string& output);

/// Appends one run as one line, at once and under a lock, so that several processes can write one
/// file; what a crash tore off stays a line of its own. Throws with a line that names the remedy.
void append_run_line(const std::filesystem::path& path, const nlohmann::json& report);

/// What must be alike in runs that are compared or counted together, as text for people:
/// "commit", "scenario_sha256", "world" and the values set.
struct RunIdentity {
  std::vector<std::pair<std::string, std::string>> fields;
};
[[nodiscard]] RunIdentity identity_of(const nlohmann::json& report);

/// The name of the first field in which the two differ with both values, or empty.
[[nodiscard]] std::string difference(const RunIdentity& a, const RunIdentity& b);

/// The number at "a.b.c" of a report; the length of a list; nothing for null.
[[nodiscard]] std::optional<double> number_at(const nlohmann::json& report,
                                              const std::string& path);

}  // namespace muster::sim
