// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/seed_range.hpp"

namespace muster::sim {

/// Runs of one kind, each seed once, in order of seeds.
struct MergedRuns {
  std::vector<RunLine> runs;
  std::vector<std::uint64_t> missing;
  std::size_t repeated = 0;            ///< lines of a seed that was there already
  std::vector<std::string> different;  ///< seeds whose lines do not agree: not deterministic
};

/// A failure if the lines are of different commits, scenarios or values set. `range` is what there
/// should be; without it, what the lines say they are part of, else from the lowest to the highest.
[[nodiscard]] Result<MergedRuns> merge_runs(std::vector<RunLine> lines,
                                            const std::optional<SeedRange>& range);

/// Means with 95 % intervals of every number in the runs' reports, and what is missing or failed.
[[nodiscard]] nlohmann::json summary_of(const MergedRuns& merged);

/// `muster sim merge FILE...`: the exit code; 0 if no seed is missing, all have passed, and none
/// has two results.
[[nodiscard]] int merge_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
