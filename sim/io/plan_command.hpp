// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario_reader.hpp"
#include "sim/seed_range.hpp"

namespace muster::sim {

/// Work for an engine that spreads it over many machines.
struct ShardPlan {
  std::string program;    ///< muster-sim, as the machines find it
  std::string scenario;   ///< its file, as the machines find it
  std::string name;       ///< of the scenario
  std::string directory;  ///< where each shard writes NAME-SHARD.jsonl
  std::vector<Override> overrides;
  SeedRange seeds;
  std::uint64_t shards = 1;
  std::size_t jobs = 1;  ///< processes at a time in one shard
};

/// A shell script that sbatch takes: an array with a task for each shard.
[[nodiscard]] std::string slurm_script(const ShardPlan& plan);
/// A shell script that has GNU parallel run all shards.
[[nodiscard]] std::string parallel_script(const ShardPlan& plan);

/// `muster sim plan --slurm|--parallel SCENARIO ...`: the exit code.
[[nodiscard]] int plan_command(const std::vector<std::string>& arguments);

}  // namespace muster::sim
