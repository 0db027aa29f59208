// SPDX-License-Identifier: Apache-2.0
#include "node/directory_partners.hpp"

#include <gtest/gtest.h>

#include <set>

namespace muster::node {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

NodeId id(std::uint8_t number) {
  NodeId node;
  node.octets[0] = number;
  return node;
}

class Crowd : public ::testing::Test {
 protected:
  std::size_t compared() {
    while (const auto change = partners.poll()) {
      change->compared ? (void)with.insert(change->neighbour) : (void)with.erase(change->neighbour);
    }
    return with.size();
  }

  DirectoryPartners partners{{}, 1};
  std::set<NodeId> with;
};

TEST_F(Crowd, BeginsWithTheFirstFewAndTakesTheOthersWithinSeconds) {
  for (std::uint8_t i = 0; i < 8; ++i) partners.neighbour_up(start, id(i), true);
  EXPECT_EQ(compared(), 3u);
  partners.advance(start + 1s);
  EXPECT_EQ(compared(), 3u);
  for (TimePoint now = start; partners.deadline(); now = *partners.deadline()) {
    partners.advance(now);
    ASSERT_LE(now, start + 20s);
  }
  EXPECT_EQ(compared(), 8u);
}

TEST_F(Crowd, LeavesOutWhoIsReachedAtLessCostOverAnother) {
  partners.neighbour_up(start, id(1), true);
  partners.neighbour_up(start, id(2), false);
  EXPECT_EQ(compared(), 1u);
  partners.route_changed(start, id(1), false);
  EXPECT_EQ(compared(), 0u);
  partners.route_changed(start, id(2), true);
  partners.route_changed(start, id(3), true);
  EXPECT_EQ(compared(), 1u);
  EXPECT_FALSE(partners.deadline().has_value());
}

TEST_F(Crowd, DoesNotWaitWhenThereIsNobodyElse) {
  for (std::uint8_t i = 0; i < 4; ++i) partners.neighbour_up(start, id(i), true);
  for (std::uint8_t i = 0; i < 3; ++i) partners.neighbour_down(id(i));
  partners.advance(start + 1ms);
  EXPECT_EQ(compared(), 1u);
  partners.advance(start + 2ms);
  EXPECT_EQ(compared(), 1u);
}

}  // namespace
}  // namespace muster::node
