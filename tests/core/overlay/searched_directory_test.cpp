// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/searched_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::SearchedNetwork;

constexpr std::size_t many = 300;

TEST(SearchedDirectory, KnowsFewOfManyNodes) {
  SearchedNetwork network(many, 1, 0);
  network.run_for(60s);
  for (std::size_t i = 0; i < many; i += 40) {
    EXPECT_EQ(network.at(i).membership(), Membership::buckets);
    EXPECT_GE(network.at(i).nodes_known(), 32U);
    EXPECT_LE(network.at(i).nodes_known(), 100U);
    EXPECT_GT(network.at(i).nodes_estimated(), many / 2);
    EXPECT_LT(network.at(i).nodes_estimated(), many * 2);
  }
}

TEST(SearchedDirectory, FindsWhatAnyNodeHasWritten) {
  SearchedNetwork network(many, 2, 0.02);
  network.run_for(30s);
  for (std::size_t i = 0; i < 20; ++i) network.put(i, "user-" + std::to_string(i), "here");
  network.run_for(20s);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto name = "user-" + std::to_string(i);
    EXPECT_EQ(network.look_up(many - 1 - i, name).outcome, LookUps::Outcome::found) << name;
    EXPECT_EQ(network.found(many - 1 - i, name), "here");
    EXPECT_LT(network.took(), 500ms);
  }
}

TEST(SearchedDirectory, FindsTheNewestSoonAfterItWasWritten) {
  SearchedNetwork network(many, 3, 0.02);
  network.run_for(30s);
  network.put(5, "carol", "old");
  network.run_for(20s);
  network.put(5, "carol", "new");
  network.run_for(2s);
  EXPECT_EQ(network.look_up(200, "carol").outcome, LookUps::Outcome::found);
  EXPECT_EQ(network.found(200, "carol"), "new");
}

/// Whoever is no more among the closest keeps what it holds for a while, and is not told of news.
TEST(SearchedDirectory, DoesNotAnswerWithWhatThoseHoldWhoWereAmongTheClosest) {
  SearchedNetwork network(many, 8, 0);
  network.run_for(30s);
  const auto closest = network.closest_to("carol", many);
  constexpr std::size_t near = 40;
  // Half of the closest are off, so that others hold it for them.
  for (std::size_t i = 0; i < near; i += 2) network.kill(closest[i]);
  network.run_for(5min);
  network.put(closest[near - 1], "carol", "old");
  network.run_for(30s);
  for (std::size_t i = 0; i < near; i += 2) network.start(closest[i]);
  network.run_for(2min);
  network.put(closest[near - 1], "carol", "new");
  network.run_for(5s);
  EXPECT_GT(std::count_if(closest.begin(), closest.end(),
                          [&](auto each) { return network.found(each, "carol") == "old"; }),
            3);
  for (std::size_t i = 2 * near; i < many; ++i) {
    EXPECT_EQ(network.look_up(closest[i], "carol").outcome, LookUps::Outcome::found);
    EXPECT_EQ(network.found(closest[i], "carol"), "new");
  }
}

TEST(SearchedDirectory, SaysThatThereIsNoneOnlyWhenAllWhoMayKnowHaveSaidSo) {
  SearchedNetwork network(many, 4, 0.02);
  network.run_for(30s);
  const auto answer = network.look_up(7, "nobody");
  EXPECT_EQ(answer.outcome, LookUps::Outcome::absent);
  EXPECT_EQ(answer.silent, 0U);
  EXPECT_GE(answer.holders, 20U);
}

TEST(SearchedDirectory, DoesNotKnowWhileAHomeOfTheUserHasNotSpoken) {
  SearchedNetwork network(many, 4, 0.02);
  network.run_for(30s);
  network.policy(7).homes = {network.id(200)};
  const auto answer = network.look_up(7, "nobody");
  EXPECT_EQ(answer.outcome, LookUps::Outcome::unknown);
  EXPECT_EQ(answer.silent, 1U);
}

TEST(SearchedDirectory, DoesNotKnowWhileOneOfTheClosestIsSilent) {
  SearchedNetwork network(many, 4, 0);
  network.run_for(30s);
  network.kill(network.closest_to("nobody"));
  const auto answer = network.look_up(7, "nobody");
  EXPECT_EQ(answer.outcome, LookUps::Outcome::unknown);
  EXPECT_GE(answer.silent, 1U);
}

TEST(SearchedDirectory, DoesNotKnowWhereNobodyAnswers) {
  SearchedNetwork network(many, 5, 0);
  network.run_for(30s);
  for (std::size_t i = 0; i < many; ++i) {
    if (i != 7) network.kill(i);
  }
  EXPECT_EQ(network.look_up(7, "anybody").outcome, LookUps::Outcome::unknown);
}

TEST(SearchedDirectory, FindsThroughHalfOfItsNodesAtHeavyLoss) {
  SearchedNetwork network(many, 6, 0.2);
  network.run_for(60s);
  for (std::size_t i = 0; i < 20; ++i) network.put(i, "user-" + std::to_string(i), "here");
  network.run_for(60s);
  for (std::size_t i = 40; i < many; i += 2) network.kill(i);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto name = "user-" + std::to_string(i);
    EXPECT_EQ(network.look_up(41 + 2 * i, name).outcome, LookUps::Outcome::found) << name;
  }
}

TEST(SearchedDirectory, DoesNotAnswerWithWhatOnlyADiskRemembers) {
  SearchedNetwork network(many, 7, 0);
  network.run_for(30s);
  network.put(5, "carol", "old");
  network.run_for(20s);
  std::vector<std::size_t> holders;
  for (std::size_t i = 0; i < many; ++i) {
    if (i != 5 && !network.found(i, "carol").empty()) holders.push_back(i);
  }
  ASSERT_GE(holders.size(), 20U);
  // Half of them sleep through the news.
  for (std::size_t i = 0; i < holders.size(); i += 2) network.kill(holders[i]);
  network.put(5, "carol", "new");
  network.run_for(5s);
  for (std::size_t i = 0; i < holders.size(); i += 2) network.start(holders[i]);
  network.run_for(5s);
  for (std::size_t asker = 250; asker < 260; ++asker) {
    EXPECT_EQ(network.look_up(asker, "carol").outcome, LookUps::Outcome::found);
    EXPECT_EQ(network.found(asker, "carol"), "new");
  }
}

TEST(SearchedDirectory, FindsAllWhoOfferAServiceWhereTheyAreFew) {
  SearchedNetwork network(many, 10, 0.02);
  network.run_for(30s);
  for (const std::size_t i : {3, 50, 120}) network.put(i, "gateway", "", Kind::service);
  network.run_for(20s);
  for (const std::size_t asker : {200, 210, 220}) {
    const auto answer = network.look_up(asker, "gateway", Kind::service);
    EXPECT_EQ(answer.outcome, LookUps::Outcome::found);
    EXPECT_EQ(network.at(asker).find(Kind::service, "gateway").size(), 3U);
  }
  EXPECT_EQ(network.look_up(201, "time", Kind::service).outcome, LookUps::Outcome::absent);
}

TEST(SearchedDirectory, NamesThoseWhoOfferAServiceThatAreClosestToTheAskersId) {
  SearchedNetwork network(many, 11, 0);
  network.run_for(30s);
  std::vector<NodeId> offering;
  for (std::size_t i = 0; i < 60; ++i) {
    network.put(i, "relay", "", Kind::service);
    offering.push_back(network.id(i));
  }
  network.run_for(60s);
  for (const std::size_t asker : {200, 210, 220}) {
    network.look_up(asker, "relay", Kind::service);
    std::set<NodeId> heard_of;
    for (const auto& held : network.at(asker).find(Kind::service, "relay")) {
      heard_of.insert(held.writer);
    }
    const auto nearest = closest_to(*Place::from(network.id(asker).view()), offering, 4);
    EXPECT_GE(heard_of.size(), nearest.size());
    for (const auto& node : nearest) EXPECT_TRUE(heard_of.contains(node)) << asker;
  }
}

TEST(SearchedDirectory, KnowsEverybodyAgainWhenFewAreLeft) {
  SearchedNetwork network(many, 8, 0);
  network.run_for(30s);
  for (std::size_t i = 50; i < many; ++i) network.kill(i);
  // Contacts of a quiet overlay are asked every 10 min; then there must have been few for 2 min.
  network.run_for(20min);
  for (std::size_t i = 0; i < 50; i += 10) {
    EXPECT_EQ(network.at(i).membership(), Membership::everybody);
  }
}

TEST(SearchedDirectory, KeepsToEverybodyWhereNotAllLinksReachAnyAddress) {
  SearchedNetwork network(1, 9, 0);
  network.at(0).set_direct(network.now(), false, 10'000);
  EXPECT_EQ(network.at(0).membership(), Membership::everybody);
  network.at(0).set_direct(network.now(), true, 10'000);
  EXPECT_EQ(network.at(0).membership(), Membership::buckets);
}

}  // namespace
}  // namespace muster::overlay
