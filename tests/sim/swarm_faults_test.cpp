// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm_faults.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sim/scenario_reader.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

std::string scenario_text(const std::string& swarm) {
  return R"([scenario]
name = "t"
duration = "100s"
[hosts]
count = 4
layout = "chain"
[[event]]
at = "5s"
do = "message"
from = "alice"
to = "bob"
text = "x"
[[event]]
at = "50s"
do = "heal"
[swarm]
)" + swarm;
}

constexpr auto all_kinds = R"(faults = ["kill", "partition", "loss", "clock"]
start = "20s"
stop = "80s"
)";

std::string all_kinds_and(const std::string& more) {
  std::string text = all_kinds;
  text += more;
  return text;
}

Scenario drawn(const std::string& swarm, std::uint64_t seed) {
  auto scenario = read_scenario(scenario_text(swarm), "t.toml");
  EXPECT_TRUE(scenario) << scenario.error().sentence;
  draw_faults(*scenario, seed);
  return std::move(*scenario);
}

std::vector<std::pair<Duration, std::size_t>> shape(const Scenario& scenario) {
  std::vector<std::pair<Duration, std::size_t>> all;
  for (const auto& event : scenario.events) all.emplace_back(event.at, event.action.index());
  return all;
}

template <typename T>
std::size_t count(const Scenario& scenario) {
  std::size_t found = 0;
  for (const auto& event : scenario.events) found += std::holds_alternative<T>(event.action);
  return found;
}

TEST(SwarmFaults, AreTheSameForTheSameSeedAndDifferForOthers) {
  std::set<std::vector<std::pair<Duration, std::size_t>>> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(shape(drawn(all_kinds, seed)), shape(drawn(all_kinds, seed))) << "seed " << seed;
    different.insert(shape(drawn(all_kinds, seed)));
  }
  EXPECT_GT(different.size(), 15U);
}

TEST(SwarmFaults, LeaveEachKindOutOfAboutHalfOfTheRuns) {
  unsigned without_kills = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    without_kills += count<KillEvent>(drawn(all_kinds, seed)) == 0;
  }
  EXPECT_GT(without_kills, 180U);
  EXPECT_LT(without_kills, 300U);
}

TEST(SwarmFaults, AreAllUndoneAtTheStop) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto scenario = drawn(all_kinds, seed);
    std::set<std::size_t> at_stop;
    for (const auto& event : scenario.events) {
      EXPECT_LE(event.at, 80s);
      if (event.at == Duration{80s}) at_stop.insert(event.action.index());
    }
    EXPECT_EQ(at_stop.contains(EventAction{RestartEvent{}}.index()),
              count<KillEvent>(scenario) > 0);
    EXPECT_EQ(at_stop.contains(EventAction{HealEvent{}}.index()),
              count<PartitionEvent>(scenario) > 0);
  }
}

TEST(SwarmFaults, LeavingOneOutChangesNoOther) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto whole = shape(drawn(all_kinds, seed));
    for (const auto& event : shape(drawn(all_kinds_and("only = [2]\n"), seed))) {
      EXPECT_NE(std::find(whole.begin(), whole.end(), event), whole.end()) << "seed " << seed;
    }
  }
}

TEST(SwarmFaults, AreNotDrawnWithoutKinds) {
  EXPECT_EQ(drawn("", 7).events.size(), 2U);
  EXPECT_EQ(drawn(all_kinds_and("only = []\n"), 7).events.size(), 2U);
}

TEST(SwarmReader, LeavesOutTheEventsNamed) {
  const auto scenario = drawn("omit_events = [1]\n", 1);
  ASSERT_EQ(scenario.events.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<HealEvent>(scenario.events.front().action));
}

TEST(SwarmReader, RefusesWhatMakesNoSense) {
  for (const auto& [text, word] : std::vector<std::pair<std::string, std::string>>{
           {"faults = [\"storm\"]", "storm"},
           {"faults = [\"kill\", \"kill\"]", "twice"},
           {"omit_events = [3]", "1 to 2"},
           {"only = [0]", "counted from 1"},
           {"faults = [\"kill\"]\nstart = \"90s\"\nstop = \"80s\"", "start"},
           {"faults = [\"kill\"]\nstop = \"200s\"", "stop"},
           {"fault = [\"kill\"]", "fault"}}) {
    const auto scenario = read_scenario(scenario_text(text), "t.toml");
    ASSERT_FALSE(scenario) << text;
    EXPECT_NE(scenario.error().sentence.find(word), std::string::npos) << scenario.error().sentence;
  }
}

}  // namespace
}  // namespace muster::sim
