// SPDX-License-Identifier: Apache-2.0
#include "sim/shrink.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario_reader.hpp"
#include "sim/swarm_faults.hpp"

namespace muster::sim {
namespace {

constexpr auto text = R"([scenario]
name = "t"
duration = "600s"
[hosts]
count = 20
users_per_host = 4
layout = "chain"
[workload]
start = "5s"
stop = "500s"
messages = { total = 300 }
calls = { per_host_minute = 2 }
[[event]]
at = "10s"
do = "loss"
rate = 0.3
[[event]]
at = "30s"
do = "kill"
hosts = [2]
[[event]]
at = "40s"
do = "restart"
[swarm]
faults = ["kill", "partition", "loss", "clock"]
start = "50s"
stop = "100s"
faults_max = 20
)";

Scenario read(const std::vector<Override>& overrides) {
  auto scenario = read_scenario(text, "t.toml", overrides);
  EXPECT_TRUE(scenario) << scenario.error().sentence;
  return std::move(*scenario);
}

/// Shrinks for a fault that shows whenever `test` is true of the scenario as it would be played.
Shrunk shrunk_for(const std::function<bool(const Scenario&)>& test, std::uint64_t seed,
                  ShrinkLimits limits = {}) {
  return shrink(
      read({}), seed, {},
      [&](const std::vector<Override>& overrides) {
        auto scenario = read_scenario(text, "t.toml", overrides);
        if (!scenario) return false;
        draw_faults(*scenario, seed);
        return test(*scenario);
      },
      limits);
}

TEST(Shrink, KeepsTheOneEventToBlame) {
  const auto shrunk = shrunk_for(
      [](const Scenario& scenario) {
        return std::any_of(scenario.events.begin(), scenario.events.end(), [](const Event& event) {
          const auto* kill = std::get_if<KillEvent>(&event.action);
          return kill != nullptr && event.line != 0;
        });
      },
      3);
  const auto small = read(shrunk.overrides);
  EXPECT_EQ(small.events.size(), 1U);
  EXPECT_TRUE(small.swarm.faults.empty());
  EXPECT_EQ(small.workload.messages->total, 0U);
  EXPECT_DOUBLE_EQ(*small.workload.calls->per_host_minute, 0);
  EXPECT_EQ(small.hosts.size(), 2U);  // the event names the second
  EXPECT_EQ(small.hosts.front().users.size(), 1U);
  EXPECT_LE(small.duration, std::chrono::seconds{30});
  EXPECT_FALSE(shrunk.exhausted);
}

TEST(Shrink, KeepsTheOneDrawnFaultToBlame) {
  const auto partitions = [](const Scenario& scenario) {
    return std::count_if(scenario.events.begin(), scenario.events.end(), [](const Event& event) {
      return std::holds_alternative<PartitionEvent>(event.action);
    });
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto whole = read({});
    draw_faults(whole, seed);
    if (partitions(whole) == 0) continue;
    const auto shrunk =
        shrunk_for([&](const Scenario& scenario) { return partitions(scenario) > 0; }, seed);
    const auto small = read(shrunk.overrides);
    EXPECT_EQ(small.swarm.only->size(), 1U) << "seed " << seed;
    EXPECT_TRUE(small.events.empty()) << "seed " << seed;
  }
}

TEST(Shrink, StopsWhenItsAttemptsAreUsedUp) {
  const auto shrunk = shrunk_for([](const Scenario&) { return true; }, 3, {.attempts_max = 4});
  EXPECT_EQ(shrunk.attempts, 4U);
  EXPECT_TRUE(shrunk.exhausted);
}

TEST(Shrink, ChangesNothingWhereAllIsNeeded) {
  const auto shrunk = shrunk_for([](const Scenario&) { return false; }, 3);
  EXPECT_TRUE(shrunk.overrides.empty());
}

}  // namespace
}  // namespace muster::sim
