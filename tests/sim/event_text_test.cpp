// SPDX-License-Identifier: Apache-2.0
#include "sim/event_text.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

Scenario three_hosts() {
  Scenario scenario;
  for (const auto* name : {"a", "b", "c"}) scenario.hosts.emplace_back().name = name;
  return scenario;
}

TEST(EventText, NamesHosts) {
  const auto scenario = three_hosts();
  EXPECT_EQ(event_text(scenario, PartitionEvent{{{0}, {1, 2}}, false}), "partition: a | b c");
  EXPECT_EQ(event_text(scenario, PartitionEvent{{{0, 2}}, false}), "partition: a c | the others");
  EXPECT_EQ(event_text(scenario, KillEvent{{1}, {}}), "kill b");
  EXPECT_EQ(event_text(scenario, KillEvent{{}, 0.5}), "kill 50 % of the hosts");
  EXPECT_EQ(event_text(scenario, RestartEvent{}), "restart what was killed");
  EXPECT_EQ(event_text(scenario, LossEvent{0.25, {{0, 2}}}), "loss of 25 %, a c");
  EXPECT_EQ(event_text(scenario, ClockEvent{{0}, -2h}), "clock of a off by -2 h");
  EXPECT_EQ(event_text(scenario, RegisterEvent{"bob", 2}), "bob registers at c");
}

}  // namespace
}  // namespace muster::sim
