// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/scenario_reader.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

Measured run(const std::string& workload) {
  const auto scenario = read_scenario(R"(
[scenario]
name = "small-city"
duration = "50s"
warmup = "20s"
[medium]
kind = "matrix"
bitrate = "10Mbit/s"
mtu = 1200
delay = "40ms"
loss = { rate = 0.02 }
broadcast = false
[hosts]
count = 260
layout = "mesh"
users_per_host = 1
bootstrap_peers = 3
[security]
crypto = "modelled"
[workload]
start = "20s"
stop = "35s"
)" + workload,
                                      "test")
                            .value();
  const auto simulation = Simulation::make(scenario, {1, {}}).value();
  while (simulation->run(1000)) {
  }
  return simulation->measured();
}

TEST(SearchedCity, FindsAnybodyAndSpeaksToHimWithoutKnowingAllHosts) {
  const auto measured = run(R"(
lookups = { total = 60, pattern = "any_to_any" }
calls = { total = 6, pattern = "any_to_any", talk = "5s" }
messages = { total = 10, pattern = "any_to_any", payload_bytes = 40 }
)");
  ASSERT_TRUE(measured.lookups);
  EXPECT_EQ(measured.lookups->attempted, 60U);
  EXPECT_EQ(measured.lookups->succeeded, 60U);
  EXPECT_EQ(measured.calls.attempted, 6U);
  EXPECT_EQ(measured.calls.established, 6U);
  EXPECT_EQ(measured.messages.delivered, 10U);
  EXPECT_TRUE(measured.violations.empty());
}

}  // namespace
}  // namespace muster::sim
