// SPDX-License-Identifier: Apache-2.0
#include "node/neighbour_choice.hpp"

#include <gtest/gtest.h>

namespace muster::node {
namespace {

using namespace std::chrono_literals;

NodeId id(std::uint8_t i) {
  NodeId node;
  node.octets = {i};
  return node;
}

LinkPath path(std::uint8_t i) { return {LinkId{0}, {{i}}}; }

/// The way to everybody costs the same.
struct SameDistance final : mesh::NextHops {
  explicit SameDistance(std::optional<mesh::Cost> to_all) : cost(to_all) {}
  [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override {
    return cost ? std::optional{destination} : std::nullopt;
  }
  [[nodiscard]] std::optional<mesh::Cost> distance(const NodeId&) const override { return cost; }
  std::optional<mesh::Cost> cost;
};

class Choice : public ::testing::Test {
 protected:
  void hear(std::uint8_t count) {
    for (std::uint8_t i = 0; i < count; ++i) choice.heard(now, id(i), path(i));
  }
  /// Of all that are chosen at this moment, each of whom becomes a neighbour.
  std::size_t choose(const mesh::NextHops* routes) {
    std::size_t chosen = 0;
    while (choice.next(now, have, routes)) {
      ++chosen;
      ++have.all;
      ++have.good;
    }
    return chosen;
  }

  TimePoint now{1h};
  NeighbourChoice::Limits limits{};
  NeighbourChoice choice{limits, 7};
  NeighbourChoice::Have have{};
};

TEST_F(Choice, WaitsForTheOthersToSpeakBeforeItTakesTheFirst) {
  hear(1);
  EXPECT_EQ(choose(nullptr), 0u);
  ASSERT_TRUE(choice.deadline().has_value());
  EXPECT_LE(*choice.deadline(), now + limits.gather_max);
  now = *choice.deadline();
  EXPECT_EQ(choose(nullptr), 1u);
}

TEST_F(Choice, TakesAFewOfACrowd) {
  const SameDistance reached{mesh::cost_perfect};
  hear(100);
  now += 1s;
  EXPECT_EQ(choose(&reached), limits.wanted);
  for (int i = 0; i < 20; ++i) {
    now += 5s;
    hear(100);
    EXPECT_EQ(choose(&reached), 0u);
  }
}

TEST_F(Choice, IsByLot) {
  std::set<NodeId> first;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    NeighbourChoice other{{}, seed};
    for (std::uint8_t i = 0; i < 100; ++i) other.heard(now, id(i), path(i));
    const auto chosen = other.next(now + 1s, {}, nullptr);
    ASSERT_TRUE(chosen.has_value());
    first.insert(chosen->first);
  }
  EXPECT_GT(first.size(), 10u);
}

TEST_F(Choice, BeginsFewHandshakesAtATime) {
  hear(20);
  now += 1s;
  have.under_way = limits.under_way_max;
  EXPECT_FALSE(choice.next(now, have, nullptr).has_value());
}

TEST_F(Choice, TakesWhoeverIsHeardAndCannotBeReached) {
  have.good = have.all = limits.wanted;
  const SameDistance nowhere{std::nullopt};
  hear(1);
  now += 2 * limits.missed_after;
  EXPECT_EQ(choose(&nowhere), 1u);
}

TEST_F(Choice, TakesNobodyWhoIsReachedByThen) {
  have.good = have.all = limits.wanted;
  hear(1);
  now += limits.missed_after / 2;
  EXPECT_EQ(choose(nullptr), 0u) << "routes may be on their way";
  now += 2 * limits.missed_after;
  const SameDistance near{2 * mesh::cost_perfect};
  EXPECT_EQ(choose(&near), 0u);
}

TEST_F(Choice, SparesADetourWhileThereAreNotTooManyNeighbours) {
  have.good = have.all = limits.wanted;
  const SameDistance far{static_cast<mesh::Cost>(limits.detour_hops * mesh::cost_perfect)};
  hear(1);
  now += 2 * limits.missed_after;
  EXPECT_EQ(choose(&far), 1u);
  have.good = have.all = limits.detours_until;
  hear(2);
  now += 2 * limits.missed_after;
  EXPECT_EQ(choose(&far), 0u);
}

TEST_F(Choice, TakesThoseWhoCannotBeReachedEverFurtherApart) {
  have.good = have.all = limits.wanted;
  const SameDistance nowhere{std::nullopt};
  std::size_t chosen = 0;
  for (const TimePoint end = now + 30s; now < end; now += 100ms) {
    hear(60);
    chosen += choose(&nowhere);
  }
  EXPECT_GE(chosen, 4u);
  EXPECT_LE(chosen, 9u);
}

TEST_F(Choice, ForgetsWhoHasFallenSilent) {
  hear(3);
  now += 1min;
  EXPECT_EQ(choose(nullptr), 0u);
  EXPECT_EQ(choice.size(), 0u);
}

TEST_F(Choice, KeepsNoMoreCandidatesThanItsLimit) {
  NeighbourChoice small{{.candidates_max = 5}, 1};
  for (std::uint8_t i = 0; i < 10; ++i) small.heard(now, id(i), path(i));
  EXPECT_EQ(small.size(), 5u);
}

}  // namespace
}  // namespace muster::node
