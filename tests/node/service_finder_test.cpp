// SPDX-License-Identifier: Apache-2.0
#include "node/service_finder.hpp"

#include <gtest/gtest.h>

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using Outcome = ServiceFinder::Outcome;

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return id;
}

class ServiceFinderTest : public testing::Test {
 protected:
  TimePoint now{1000h};
  ServiceFinder finder;
};

TEST_F(ServiceFinderTest, WaitsForItsLookUpsAndThenForThoseFound) {
  const auto number = finder.open(now, "", {11, 12});
  EXPECT_FALSE(finder.looked_up(11, {Outcome::found, 20, 0}));
  EXPECT_FALSE(finder.find(number)->done(now));
  EXPECT_EQ(finder.looked_up(12, {Outcome::absent, 20, 0}), number);
  EXPECT_EQ(finder.look_for(number, {node(1), node(2)}).size(), 2U);
  EXPECT_FALSE(finder.find(number)->done(now));
  EXPECT_TRUE(finder.node_found(node(1), true, 20ms));
  EXPECT_TRUE(finder.node_found(node(2), false, std::nullopt));
  const auto* question = finder.find(number);
  EXPECT_TRUE(question->done(now));
  EXPECT_EQ(question->met.size(), 1U);
  EXPECT_EQ(question->met.at(node(1)), Duration{20ms});
}

TEST_F(ServiceFinderTest, KnowsNothingOnceALookUpCameToNothing) {
  const auto number = finder.open(now, "gateway", {11, 12});
  finder.looked_up(11, {Outcome::unknown, 20, 3});
  finder.looked_up(12, {Outcome::absent, 22, 0});
  const auto* question = finder.find(number);
  EXPECT_TRUE(question->any_unknown);
  EXPECT_EQ(question->silent, 3U);
  EXPECT_EQ(question->holders, 22U);
}

TEST_F(ServiceFinderTest, LeavesToOthersWhatItDidNotAskFor) {
  finder.open(now, "gateway", {11});
  EXPECT_FALSE(finder.looked_up(99, {Outcome::found, 1, 0}));
  EXPECT_FALSE(finder.node_found(node(9), true, 1ms));
}

TEST_F(ServiceFinderTest, IsDoneInTheEndWhateverComes) {
  const auto number = finder.open(now, "gateway", {11});
  EXPECT_FALSE(finder.find(number)->done(now + 24s));
  EXPECT_TRUE(finder.find(number)->done(now + 25s));
}

TEST_F(ServiceFinderTest, KeepsToItsLimits) {
  ServiceFinder small(ServiceFinder::Limits{2, 3, 25s});
  const auto first = small.open(now, "a", {1});
  const auto second = small.open(now, "b", {2});
  EXPECT_EQ(small.look_for(second, {node(1), node(2), node(3), node(4)}).size(), 3U);
  small.open(now, "c", {3});
  EXPECT_EQ(small.find(first), nullptr);
  EXPECT_NE(small.find(second), nullptr);
  EXPECT_TRUE(small.look_for(first, {node(1)}).empty());
}

}  // namespace
}  // namespace muster::node
