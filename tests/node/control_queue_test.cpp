// SPDX-License-Identifier: Apache-2.0
#include "node/control_queue.hpp"

#include <gtest/gtest.h>

namespace muster::node {
namespace {

ControlQueue::Item item(std::uint8_t octet, Precedence precedence) {
  return {HopChannel::directory, Bytes(100, octet), precedence};
}

TEST(ControlQueue, GivesByPrecedenceAndInOrderWithinEach) {
  ControlQueue queue(10'000);
  ASSERT_TRUE(queue.add(item(1, Precedence::routine)));
  ASSERT_TRUE(queue.add(item(2, Precedence::flash)));
  ASSERT_TRUE(queue.add(item(3, Precedence::routine)));
  EXPECT_EQ(queue.waiting(), Precedence::flash);
  Bytes order;
  while (!queue.empty()) order.push_back(queue.take().content.front());
  EXPECT_EQ(order, (Bytes{2, 1, 3}));
  EXPECT_FALSE(queue.waiting());
}

TEST(ControlQueue, TurnsAwayWhatDoesNotFit) {
  ControlQueue queue(300);
  EXPECT_TRUE(queue.add(item(1, Precedence::routine)));
  EXPECT_FALSE(queue.add(item(2, Precedence::flash)));
  EXPECT_EQ(queue.take().content.front(), 1);
  EXPECT_TRUE(queue.add(item(2, Precedence::flash)));
}

}  // namespace
}  // namespace muster::node
