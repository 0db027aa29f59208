// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/scenario_reader.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

Measured run(const std::string& text, std::uint64_t seed = 1) {
  const auto scenario = read_scenario(text, "test").value();
  const auto simulation = Simulation::make(scenario, {seed, {}}).value();
  while (simulation->run(1000)) {
  }
  return simulation->measured();
}

std::string pair_of_hosts(const std::string& rest, const std::string& duration = "60s") {
  return "[scenario]\nname = \"t\"\nduration = \"" + duration + "\"\n" + rest;
}

constexpr const char* two_in_reach = "[hosts]\ncount = 2\nlayout = \"chain\"\n";

TEST(SimulatedFaults, AMessageSurvivesThePowerCutOfTheNodeThatAcceptedIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto measured = run(pair_of_hosts(std::string(two_in_reach) + R"(
[[event]]
at = "10s"
do = "partition"
groups = [[1], [2]]
[[event]]
at = "12s"
do = "message"
from = "alice"
to = "bob"
text = "later"
[[event]]
at = "20s"
do = "kill"
hosts = [1]
[[event]]
at = "25s"
do = "restart"
hosts = [1]
[[event]]
at = "30s"
do = "heal"
)"),
                              seed);
    EXPECT_EQ(measured.messages.delivered, 1u) << "seed " << seed;
    EXPECT_TRUE(measured.violations.empty()) << measured.violations.front();
  }
}

TEST(SimulatedFaults, AClockThatIsDecadesOffKeepsNobodyOut) {
  const auto measured = run(pair_of_hosts(std::string(two_in_reach) + R"(
[[event]]
at = "1s"
do = "clock"
hosts = [1]
offset = "-50y"
[[event]]
at = "2s"
do = "clock"
hosts = [2]
offset = "50y"
[[event]]
at = "3s"
do = "kill"
hosts = [1, 2]
[[event]]
at = "5s"
do = "restart"
hosts = [1, 2]
[[event]]
at = "20s"
do = "call"
from = "alice"
to = "bob"
talk = "5s"
)"));
  EXPECT_EQ(measured.calls.established, 1u);
  EXPECT_TRUE(measured.violations.empty()) << measured.violations.front();
}

TEST(SimulatedFaults, AFullDiskRefusesAMessageInsteadOfLosingIt) {
  const auto measured = run(pair_of_hosts(std::string(two_in_reach) + R"(
[[event]]
at = "10s"
do = "partition"
groups = [[1], [2]]
[[event]]
at = "11s"
do = "disk_full"
hosts = [1]
[[event]]
at = "12s"
do = "message"
from = "alice"
to = "bob"
text = "no room"
)"));
  EXPECT_EQ(measured.messages.sent, 1u);
  EXPECT_EQ(measured.messages.accepted, 0u);
  EXPECT_TRUE(measured.violations.empty()) << measured.violations.front();
}

TEST(SimulatedFaults, NothingPassesOneWayCutAndEverythingPassesAgainAfterwards) {
  const auto measured = run(pair_of_hosts(std::string(two_in_reach) + R"(
[[event]]
at = "10s"
do = "partition"
groups = [[1], [2]]
one_way = true
[[event]]
at = "30s"
do = "message"
from = "alice"
to = "bob"
text = "through"
[[event]]
at = "40s"
do = "heal"
)"));
  EXPECT_EQ(measured.messages.delivered, 1u);
  EXPECT_GT(measured.messages.latency.quantile_ms(1).value(), 10'000);
}

TEST(SimulatedFaults, ClocksThatDriftHarmNothing) {
  const auto measured =
      run(pair_of_hosts("[hosts]\ncount = 3\nlayout = \"chain\"\nclock_drift = 0.0005\n"
                        "[workload]\nstart = \"10s\"\ncalls = { total = 5, talk = \"2s\" }\n"));
  EXPECT_EQ(measured.calls.attempted, 5u);
  EXPECT_EQ(measured.calls.established, 5u);
}

TEST(SimulatedFaults, HostsThatComeAndGoAreFoundAgain) {
  const auto measured =
      run(pair_of_hosts("[hosts]\ncount = 6\nchurn = { median_session = \"1m\" }\n"
                        "[workload]\nstart = \"10s\"\nlookups = { total = 50 }\n",
                        "5m"));
  EXPECT_EQ(measured.lookups->attempted, 50u);
  EXPECT_GT(measured.lookups->success_ratio.value(), 0.8);
  EXPECT_TRUE(measured.violations.empty()) << measured.violations.front();
}

TEST(SimulatedFaults, ModelledCryptographyLeavesTheOutcomeAsItIs) {
  const std::string work =
      "[hosts]\ncount = 4\nlayout = \"chain\"\n[workload]\nstart = \"10s\"\n"
      "messages = { total = 10 }\ncalls = { total = 5, talk = \"2s\" }\n";
  const auto real = run(pair_of_hosts(work));
  const auto modelled = run(pair_of_hosts("[security]\ncrypto = \"modelled\"\n" + work));
  EXPECT_EQ(real.messages.delivered, 10u);
  EXPECT_EQ(modelled.messages.delivered, 10u);
  EXPECT_EQ(modelled.calls.established, real.calls.established);
  EXPECT_NEAR(static_cast<double>(modelled.frames.bytes_on_air),
              static_cast<double>(real.frames.bytes_on_air),
              0.1 * static_cast<double>(real.frames.bytes_on_air));
}

TEST(SimulatedMetrics, DoNotCountTheWarmUp) {
  const std::string hosts = "[hosts]\ncount = 2\nlayout = \"chain\"\n";
  const auto whole = run(pair_of_hosts(hosts));
  const auto late = run("[scenario]\nname = \"t\"\nduration = \"60s\"\nwarmup = \"30s\"\n" + hosts);
  EXPECT_EQ(whole.trace_sha256, late.trace_sha256);
  EXPECT_LT(late.frames.sent, whole.frames.sent);
  EXPECT_DOUBLE_EQ(late.counted_s, 30);
}

TEST(SimulatedMetrics, TellUsersOctetsFromControl) {
  const auto measured = run(pair_of_hosts(
      std::string(two_in_reach) +
      "[workload]\nstart = \"10s\"\nmessages = { total = 20, payload_bytes = 300 }\n"));
  EXPECT_EQ(measured.use->payload, 20u * 300);
  EXPECT_GT(measured.frames.bytes_on_air - measured.use->control, measured.use->payload);
  EXPECT_GT(measured.use->routing, 0u);
  EXPECT_LT(measured.use->routing, measured.use->control);
}

}  // namespace
}  // namespace muster::sim
