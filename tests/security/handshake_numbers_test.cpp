// SPDX-License-Identifier: Apache-2.0
#include "security/handshake_numbers.hpp"

#include "core/base/seeded_random.hpp"
#include "core/ports/memory_state_store.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;

const NodeId node{{7}};
constexpr TimePoint start{std::chrono::hours{1}};

TEST(HandshakeNumbers, AcceptsEachNumberOnceAndNothingBelow) {
  ports::MemoryStateStore store;
  HandshakeNumbers numbers(&store, {});
  EXPECT_TRUE(numbers.accept(start, node, {1, 5}));
  EXPECT_FALSE(numbers.accept(start, node, {1, 5}));
  EXPECT_FALSE(numbers.accept(start, node, {1, 4}));
  EXPECT_TRUE(numbers.accept(start, node, {2, 1}));
  EXPECT_TRUE(numbers.accept(start, NodeId{{8}}, {1, 1}));
}

/// Any pace, a crash at any moment: what was accepted is never accepted again.
TEST(HandshakeNumbers, WhatWasAcceptedIsRefusedAfterAnyRestart) {
  ports::MemoryStateStore store;
  SeededRandom random(11);
  TimePoint now = start;
  HandshakeNumber highest{1, 1};
  for (int life = 0; life < 50; ++life) {
    HandshakeNumbers numbers(&store, {.reserve = 4});
    if (life > 0) {
      EXPECT_FALSE(numbers.accept(now, node, highest)) << life;
    }
    for (auto handshakes = random.below(12); handshakes > 0; --handshakes) {
      HandshakeNumber number{highest.boot, highest.number + 1};
      if (random.below(10) == 0) number = {highest.boot + 1, 1};
      if (numbers.accept(now, node, number)) {
        EXPECT_FALSE(numbers.accept(now, node, number)) << life;
      }
      highest = std::max(highest, number);
      now += random.below(20) * 1s;
    }
  }
}

TEST(HandshakeNumbers, AQuietNodeIsNotRefusedAfterARestart) {
  ports::MemoryStateStore store;
  for (std::uint32_t number = 1; number < 10; ++number) {
    HandshakeNumbers numbers(&store, {});
    EXPECT_TRUE(numbers.accept(start + number * 1min, node, {1, number}));
  }
}

TEST(HandshakeNumbers, ManyHandshakesInAHurryCostFewWrites) {
  ports::MemoryStateStore store;
  HandshakeNumbers numbers(&store, {});
  for (std::uint32_t number = 1; number <= 1000; ++number) {
    EXPECT_TRUE(numbers.accept(start + number * 10ms, node, {1, number}));
  }
  EXPECT_LE(numbers.counters().writes, 5U);
}

TEST(HandshakeNumbers, ANodeInAHurryIsNewAgainAfterItsRestart) {
  ports::MemoryStateStore store;
  {
    HandshakeNumbers numbers(&store, {});
    EXPECT_TRUE(numbers.accept(start, node, {1, 1}));
    EXPECT_TRUE(numbers.accept(start, node, {1, 2}));
  }
  HandshakeNumbers numbers(&store, {});
  EXPECT_FALSE(numbers.accept(start, node, {1, 3}));
  EXPECT_TRUE(numbers.accept(start, node, {2, 1}));
}

TEST(HandshakeNumbers, WhatCannotBeWrittenIsNotAccepted) {
  ports::MemoryStateStore store;
  HandshakeNumbers numbers(&store, {});
  store.fail = true;
  EXPECT_FALSE(numbers.accept(start, node, {1, 1}));
  EXPECT_EQ(numbers.counters().write_failures, 1U);
  store.fail = false;
  EXPECT_TRUE(numbers.accept(start, node, {1, 1}));
}

TEST(HandshakeNumbers, ADamagedRowCountsAsNone) {
  ports::MemoryStateStore store;
  ASSERT_TRUE(store.put("handshake." + node.hex(), as_bytes("damaged")));
  HandshakeNumbers numbers(&store, {});
  EXPECT_TRUE(numbers.accept(start, node, {1, 1}));
}

TEST(HandshakeNumbers, ForgettingToMakeRoomForgetsNothingThatWasWritten) {
  ports::MemoryStateStore store;
  HandshakeNumbers numbers(&store, {.nodes_max = 2});
  for (std::uint8_t each = 1; each < 10; ++each) {
    EXPECT_TRUE(numbers.accept(start, NodeId{{each}}, {1, 1}));
  }
  for (std::uint8_t each = 1; each < 10; ++each) {
    EXPECT_FALSE(numbers.accept(start, NodeId{{each}}, {1, 1}));
  }
}

TEST(HandshakeNumbers, XxWithALowerNumberDoesNotMakeOldMessagesNew) {
  HandshakeNumbers numbers(nullptr, {});
  EXPECT_TRUE(numbers.accept(start, node, {7, 3}));
  numbers.note(node, {1, 1});
  EXPECT_FALSE(numbers.accept(start, node, {7, 3}));
  EXPECT_FALSE(numbers.accept(start, node, {1, 2}));
}

}  // namespace
}  // namespace muster::security
