// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/convergence.hpp"
#include "sim/emulatable.hpp"
#include "sim/scenario_reader.hpp"
#include "sim/workload_plan.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Scenario scenario(const std::string& more) {
  const auto read = read_scenario(
      "[scenario]\nname = \"t\"\nduration = \"100s\"\n[hosts]\ncount = 4\nlayout = \"chain\"\n" +
          more,
      "t.toml");
  EXPECT_TRUE(read) << read.error().sentence;
  return *read;
}

TEST(Emulatable, AcceptsAMatrixWithOrdinaryEvents) {
  EXPECT_FALSE(
      why_not_emulatable(scenario("[[event]]\nat = \"1s\"\ndo = \"kill\"\nhosts = [2]\n")));
}

TEST(Emulatable, NamesTheEventThatNeedsTheSimulator) {
  const auto why = why_not_emulatable(
      scenario("[[event]]\nat = \"1s\"\ndo = \"clock\"\nhosts = [2]\noffset = \"-2y\"\n"));
  ASSERT_TRUE(why);
  EXPECT_THAT(why->sentence, HasSubstr("line 7: \"clock\""));
}

TEST(Emulatable, RefusesGeometryMobilityAndLookUps) {
  EXPECT_TRUE(why_not_emulatable(scenario("[medium]\nkind = \"geometric\"\n")));
  EXPECT_TRUE(why_not_emulatable(scenario("mobility = { trace = \"meetings.one\" }\n")));
  EXPECT_TRUE(why_not_emulatable(scenario("[workload]\nlookups = { total = 5 }\n")));
}

using Routes = std::map<std::string, std::string>;

std::vector<NodeView> views(std::initializer_list<Routes> routes) {
  std::vector<NodeView> all;
  for (const auto& to : routes)
    all.push_back({"host-" + std::to_string(all.size() + 1), true, "d", to});
  return all;
}

/// Three in a row.
std::vector<NodeView> chain() {
  return views({{{"host-2", "host-2"}, {"host-3", "host-2"}},
                {{"host-1", "host-1"}, {"host-3", "host-3"}},
                {{"host-1", "host-2"}, {"host-2", "host-2"}}});
}

TEST(Convergence, HoldsWhenRoutesLeadEverywhere) {
  EXPECT_EQ(difference(chain(), {1, 1, 1}, {true, true, true}), std::nullopt);
}

TEST(Convergence, AsksForNoRouteBetweenComponents) {
  auto seen = chain();
  seen[0].next_hop.erase("host-3");
  EXPECT_EQ(difference(seen, {1, 1, 1}, {true, true, true}), "host-1 has no route to host-3");
  EXPECT_EQ(difference(seen, {1, 1, 2}, {true, true, true}), std::nullopt);
}

TEST(Convergence, MissesARouteFurtherDownThePath) {
  auto seen = chain();
  seen[1].next_hop.erase("host-3");
  EXPECT_EQ(difference(seen, {1, 1, 1}, {true, true, true}), "host-2 has no route to host-3");
}

TEST(Convergence, TakesARouteThroughADeadNodeForNone) {
  EXPECT_EQ(difference(chain(), {1, 2, 1}, {true, false, true}),
            "host-1 sends by host-2 to host-3 in vain");
}

TEST(Convergence, SeesALoop) {
  auto seen = chain();
  seen[1].next_hop["host-3"] = "host-1";
  EXPECT_EQ(difference(seen, {1, 1, 1}, {true, true, true}),
            "packets from host-1 to host-3 go round in circles");
}

TEST(Convergence, SeesDifferentDirectories) {
  auto seen = chain();
  seen[1].directory_digest = "e";
  EXPECT_EQ(difference(seen, {1, 1, 1}, {true, true, true}),
            "host-1 and host-2 have different directories");
}

TEST(Convergence, AsksNothingOfTheDead) {
  auto seen = chain();
  seen[2].answered = false;
  EXPECT_EQ(difference(seen, {1, 1, 2}, {true, true, false}), std::nullopt);
  EXPECT_EQ(difference(seen, {1, 1, 2}, {true, true, true}), "host-3 does not answer");
}

TEST(WorkloadPlan, SpreadsTheWholeLoadOverItsTime) {
  const auto plan =
      scenario("[workload]\nstart = \"10s\"\nstop = \"90s\"\nmessages = { per_host_minute = 3 }\n");
  SeededRandom random(1);
  const auto times = due_times(plan, *plan.workload.messages, random);
  ASSERT_EQ(times.size(), 16u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_GE(times.front(), 10s);
  EXPECT_LE(times.back(), 90s);
}

TEST(WorkloadPlan, PicksTheEndsInEitherDirection) {
  const auto plan = scenario("");
  std::set<UserPair> seen;
  SeededRandom random(1);
  for (int i = 0; i < 50; ++i)
    seen.insert(*pick_pair(
        plan, "ends", [](const auto&) { return true; }, random));
  EXPECT_EQ(seen, (std::set<UserPair>{{"alice", "dave"}, {"dave", "alice"}}));
}

TEST(WorkloadPlan, PicksNobodyWhoIsBusy) {
  const auto plan = scenario("");
  SeededRandom random(1);
  const auto only_bob = [](const std::string& user) { return user == "bob"; };
  EXPECT_FALSE(pick_pair(plan, "any_to_any", only_bob, random));
  EXPECT_EQ(pick_pair(
                plan, "alice_to_bob", [](const auto&) { return true; }, random),
            (UserPair{"alice", "bob"}));
}

TEST(WorkloadPlan, NumbersItsTexts) {
  EXPECT_EQ(numbered_text(7, 50).size(), 50u);
  EXPECT_NE(numbered_text(7, 50), numbered_text(8, 50));
}

}  // namespace
}  // namespace muster::sim
