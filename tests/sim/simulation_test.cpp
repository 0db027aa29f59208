// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include "sim/scenario_reader.hpp"

namespace muster::sim {
namespace {

constexpr std::string_view chain = R"(
[scenario]
name = "chain"
duration = "60s"
[medium]
bitrate = "6Mbit/s"
delay = "3ms"
loss = { rate = 0.20 }
[hosts]
count = 4
layout = "chain"
)";

constexpr std::string_view a_call = R"(
[[event]]
at = "10s"
do = "call"
from = "alice"
to = "dave"
talk = "10s"
)";

constexpr std::string_view a_message_into_a_partition = R"(
[[event]]
at = "10s"
do = "partition"
groups = [[1, 2, 3], [4]]
[[event]]
at = "15s"
do = "message"
from = "alice"
to = "dave"
text = "wait for us"
[[event]]
at = "30s"
do = "heal"
)";

Measured run(std::string_view events, std::uint64_t seed = 1) {
  const auto scenario = read_scenario(std::string(chain) + std::string(events), "test").value();
  const auto simulation = Simulation::make(scenario, {seed, {}}).value();
  while (simulation->run(1000)) {
  }
  return simulation->measured();
}

TEST(Simulation, CarriesACallOverThreeLossyHops) {
  const auto measured = run(a_call);
  EXPECT_EQ(measured.calls.established, 1u);
  EXPECT_LT(measured.calls.setup.quantile_ms(1).value(), 1000);
  EXPECT_LT(measured.calls.media_loss.value(), 0.05);
  EXPECT_TRUE(measured.violations.empty());
}

TEST(Simulation, KeepsAMessageThroughAPartition) {
  const auto measured = run(a_message_into_a_partition);
  EXPECT_EQ(measured.messages.accepted, 1u);
  EXPECT_EQ(measured.messages.delivered, 1u);
  EXPECT_EQ(measured.messages.duplicates, 0u);
  EXPECT_GT(measured.messages.latency.quantile_ms(1).value(), 15'000);
  EXPECT_TRUE(measured.convergence_s);
}

TEST(Simulation, DoesTheSameWithTheSameSeed) {
  const auto first = run(a_call);
  const auto second = run(a_call);
  EXPECT_EQ(first.trace_sha256, second.trace_sha256);
  EXPECT_EQ(first.events, second.events);
}

TEST(Simulation, DoesSomethingElseWithAnotherSeed) {
  EXPECT_NE(run(a_call, 1).trace_sha256, run(a_call, 2).trace_sha256);
}

}  // namespace
}  // namespace muster::sim
