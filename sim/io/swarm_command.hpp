// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/scenario_reader.hpp"
#include "sim/seed_range.hpp"

namespace muster::sim {

/// Many runs of one scenario, each with a seed of its own and in a process of its own.
struct SwarmOrder {
  std::string scenario;  ///< its file
  std::vector<Override> overrides;
  SeedRange seeds;
  Shard shard;
  std::size_t jobs = 0;       ///< processes at a time; 0: one for each processor we may use
  std::filesystem::path out;  ///< one line a run is appended; seeds in it are not run again
  bool json = false;          ///< the summary as JSON
  /// The program for one run and its first arguments; the scenario and the rest are added.
  std::vector<std::string> program;
};

/// Runs what is missing and tells how it went. Gives the exit code: 0 if every seed of the shard
/// has passed, now or before. Throws BadUsage.
[[nodiscard]] int run_swarm(const SwarmOrder& order);

/// What `--set` and the scenario's file were, for the "params" of a report.
[[nodiscard]] nlohmann::json params_of(const std::string& scenario,
                                       const std::vector<Override>& overrides);

}  // namespace muster::sim
