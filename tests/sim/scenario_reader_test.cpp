// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/test_data.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string head = "[scenario]\nname = \"t\"\nduration = \"60s\"\n[hosts]\ncount = 3\n";

std::string fault(const std::string& text, const std::vector<Override>& overrides = {}) {
  const auto scenario = read_scenario(text, "t.toml", overrides);
  return scenario ? "no fault" : scenario.error().sentence;
}

TEST(ScenarioReader, NamesHostsAndUsersInOrder) {
  const auto scenario = read_scenario(head + "users_per_host = 2\n", "t.toml");
  ASSERT_TRUE(scenario) << scenario.error().sentence;
  ASSERT_EQ(scenario->hosts.size(), 3u);
  EXPECT_EQ(scenario->hosts[2].name, "host-3");
  EXPECT_EQ(scenario->hosts[1].users, (std::vector<std::string>{"carol", "dave"}));
  EXPECT_EQ(scenario->hosts[2].users, (std::vector<std::string>{"user-5", "user-6"}));
}

TEST(ScenarioReader, SortsEventsByTime) {
  const auto scenario =
      read_scenario(head +
                        "[[event]]\nat = \"9s\"\ndo = \"heal\"\n[[event]]\nat = \"2s\"\ndo = "
                        "\"partition\"\ngroups = [[1], [2, \"host-3\"]]\n",
                    "t.toml");
  ASSERT_TRUE(scenario) << scenario.error().sentence;
  ASSERT_EQ(scenario->events.size(), 2u);
  EXPECT_EQ(scenario->events[0].at, 2s);
  EXPECT_EQ(std::get<PartitionEvent>(scenario->events[0].action).groups,
            (std::vector<std::vector<HostIndex>>{{0}, {1, 2}}));
}

TEST(ScenarioReader, NamesFileLineKeyAndRemedyOfAnUnknownKey) {
  const auto line = fault(head + "colour = \"red\"\n");
  EXPECT_THAT(line, StartsWith("t.toml:6: hosts.colour: there is no such key; known here: "));
}

TEST(ScenarioReader, RefusesAnEventForAHostThatIsNotThere) {
  EXPECT_THAT(fault(head + "[[event]]\nat = \"1s\"\ndo = \"kill\"\nhosts = [4]\n"),
              HasSubstr("t.toml:9: event.hosts: there is no host 4"));
}

TEST(ScenarioReader, RefusesAnEventForAUserThatIsNotThere) {
  EXPECT_THAT(
      fault(head + "[[event]]\nat = \"1s\"\ndo = \"call\"\nfrom = \"alice\"\nto = \"zoe\"\n"),
      HasSubstr("there is no user \"zoe\""));
}

TEST(ScenarioReader, RefusesEventsOutsideTheDuration) {
  EXPECT_THAT(fault(head + "[[event]]\nat = \"61s\"\ndo = \"heal\"\n"), HasSubstr("event.at"));
}

TEST(ScenarioReader, RefusesAMetricThatNoReportHas) {
  EXPECT_THAT(fault(head + "[[expect]]\nmetric = \"calls.sucess_ratio\"\nequals = 1\n"),
              HasSubstr("there is no metric"));
}

TEST(ScenarioReader, RefusesTwoComparisonsInOneExpectation) {
  EXPECT_THAT(fault(head + "[[expect]]\nmetric = \"calls.ring.p95\"\nat_most = 1\nat_least = 0\n"),
              HasSubstr("exactly one"));
}

TEST(ScenarioReader, RefusesBurstsTooShortForTheirRate) {
  EXPECT_THAT(fault(head + "[medium]\nloss = { gilbert_elliott = { rate = 0.9, burst = 1 } }\n"),
              HasSubstr("burst"));
}

TEST(ScenarioReader, TakesDefaultsFromTheProfile) {
  const auto air = read_scenario(
      "[medium]\nkind = \"geometric\"\nprofile = \"lora-sf9-250\"\nduplicate = "
      "0.1\n[hosts]\nlayout "
      "= \"chain\"\ncount = 3\n[scenario]\nname = \"t\"\nduration = \"60s\"\n",
      "t.toml");
  ASSERT_TRUE(air) << air.error().sentence;
  EXPECT_EQ(air->medium.mtu_bytes, 255u);
  EXPECT_EQ(air->medium.duty_cycle, 0.1);
  EXPECT_EQ(air->medium.faults.duplicate, 0.1);
}

const std::string air_head =
    "[scenario]\nname = \"t\"\nduration = \"60s\"\n[medium]\nkind = \"geometric\"\n";

TEST(ScenarioReader, RefusesABitrateOfALoraProfile) {
  EXPECT_THAT(fault(air_head + "profile = \"lora-sf7-125\"\nbitrate = \"6Mbit/s\"\n"),
              HasSubstr("t.toml:7: medium.bitrate: it follows from"));
}

TEST(ScenarioReader, WantsAPlaceForEverybodyInTheAir) {
  EXPECT_THAT(fault(air_head + "[[host]]\nposition = [0, 0]\n[[host]]\n"),
              HasSubstr("host-2 has no place"));
  EXPECT_THAT(fault(air_head + "[hosts]\ncount = 2\nlayout = \"random\"\n"),
              HasSubstr("hosts.area: it is missing"));
}

TEST(ScenarioReader, WantsASpeedForThoseWhoMove) {
  EXPECT_THAT(fault(air_head + "[hosts]\ncount = 2\narea = \"1km x 1km\"\nmobility = "
                               "\"random_waypoint\"\n"),
              HasSubstr("hosts.speed: hosts that move have one"));
  EXPECT_THAT(fault(air_head + "[[host]]\nroute = [[0, 0], [1, 1]]\n"),
              HasSubstr("host.speed: a host on a route moves"));
}

TEST(ScenarioReader, RefusesPlacesInAMatrix) {
  EXPECT_THAT(fault(head + "mobility = \"random_waypoint\"\n"),
              HasSubstr("hosts.mobility: hosts have no places in a matrix"));
  EXPECT_THAT(fault(head + "[medium]\nrange = \"10m\"\n"), HasSubstr("medium.range"));
}

TEST(ScenarioReader, ReportsASyntaxErrorWithItsLine) {
  EXPECT_THAT(fault("[scenario]\nname = \n"), StartsWith("t.toml:2: "));
}

TEST(ScenarioReader, NamesTheFileWhereATableIsMissing) {
  EXPECT_THAT(fault("[scenario]\nname = \"t\"\nduration = \"9s\"\n[medium]\nkind = \"matrix\"\n"),
              StartsWith("t.toml: hosts.count: "));
}

TEST(ScenarioReader, SaysInOneLineWhatHasLineBreaks) {
  const auto line = fault(head + "\"two\\nlines\" = 1\n");
  EXPECT_THAT(line, HasSubstr("there is no such key"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(ScenarioReader, RefusesToMoveHostsOfAMatrix) {
  EXPECT_THAT(fault(head + "[[event]]\nat = \"1s\"\ndo = \"move\"\nhosts = [1]\nto = [0, 0]\n"),
              HasSubstr("event.do: hosts have no places in a matrix"));
}

TEST(ScenarioReader, RefusesPlacesBeyondTheEarth) {
  EXPECT_THAT(fault(air_head + "[[host]]\nposition = [1e300, 0]\n"), HasSubstr("host.position"));
  EXPECT_THAT(fault(air_head + "range = \"999999999m\"\n"), HasSubstr("medium.range"));
}

TEST(ScenarioReader, AppliesOverridesBeforeReading) {
  const auto scenario =
      read_scenario(head, "t.toml", {{"hosts.count", "5"}, {"medium.delay", "7ms"}});
  ASSERT_TRUE(scenario) << scenario.error().sentence;
  EXPECT_EQ(scenario->hosts.size(), 5u);
  EXPECT_EQ(scenario->medium.delay, 7ms);
}

TEST(ScenarioReader, BlamesAnOverrideByItsKey) {
  EXPECT_THAT(fault(head, {{"hosts.count", "\"many\""}}), StartsWith("--set: hosts.count: "));
}

TEST(ScenarioReader, ReadsEveryScenarioOfTheContract) {
  const auto folder = test::test_data_folder().parent_path() / "scenarios";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
  unsigned read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto scenario = read_scenario(text.str(), entry.path().filename().string());
    EXPECT_TRUE(scenario) << scenario.error().sentence;
    ++read;
  }
  EXPECT_GE(read, 10u);
}

TEST(ScenarioReader, ReadsEveryScenarioOfThisTree) {
  const auto folder = std::filesystem::path(MUSTER_SOURCE_DIR) / "sim/scenarios";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto scenario = read_scenario(text.str(), entry.path().filename().string());
    EXPECT_TRUE(scenario) << scenario.error().sentence;
  }
}

}  // namespace
}  // namespace muster::sim
