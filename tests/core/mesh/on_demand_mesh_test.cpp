// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/on_demand_mesh.hpp"

#include <gtest/gtest.h>

#include "tests/core/mesh/on_demand_world.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::OnDemandWorld;

struct Chain : OnDemandWorld {
  explicit Chain(std::size_t count, double loss = 0, std::uint64_t seed = 1)
      : OnDemandWorld(count, loss, seed) {
    for (std::size_t i = 0; i + 1 < count; ++i) join(i, i + 1);
  }
};

/// A grid in which each hears up to eight.
struct Grid : OnDemandWorld {
  Grid(std::size_t side, double loss, std::uint64_t seed) : OnDemandWorld(side * side, loss, seed) {
    for (std::size_t a = 0; a < side * side; ++a) {
      for (std::size_t b = a + 1; b < side * side; ++b) {
        const auto apart = [&](std::size_t x, std::size_t y) { return x > y ? x - y : y - x; };
        if (apart(a / side, b / side) <= 1 && apart(a % side, b % side) <= 1) join(a, b);
      }
    }
  }
};

TEST(OnDemandMesh, FindsAWayAndBringsThePacketOnce) {
  Chain chain(5);
  chain.send(0, 4, 1);
  chain.run(60s);
  ASSERT_EQ(chain.delivered.size(), 1u);
  EXPECT_EQ((chain.delivered[{0, 1}]), std::vector<std::size_t>{4});
}

TEST(OnDemandMesh, NeedsAFrameForEachHopOnceItKnowsTheWay) {
  Chain chain(5);
  chain.send(0, 4, 1);
  chain.send(4, 0, 1);
  chain.run(60s);
  const std::size_t before = chain.frames_sent;
  chain.send(0, 4, 2);
  chain.run(30s);
  EXPECT_EQ((chain.delivered[{0, 2}]), std::vector<std::size_t>{4});
  // Four hops, and the last node's acknowledgement; one may not be heard and be sent again.
  EXPECT_LE(chain.frames_sent - before, 7u);
}

TEST(OnDemandMesh, LearnsWaysFromWhatItHearsOthersSay) {
  Chain chain(5);
  chain.send(0, 4, 1);
  chain.run(60s);
  const auto asked = chain[2].counters().questions;
  chain.send(2, 0, 1);
  chain.run(20s);
  EXPECT_EQ((chain.delivered[{2, 1}]), std::vector<std::size_t>{0});
  EXPECT_EQ(chain[2].counters().questions, asked) << "it has carried what came from there";
}

TEST(OnDemandMesh, AsksItsNeighboursBeforeItAsksAll) {
  Grid grid(5, 0, 3);
  grid.send(0, 24, 1);
  grid.run(90s);
  const std::size_t before = grid.frames_sent;
  grid.send(1, 24, 1);  // it has heard host 0 send there, or a neighbour has
  grid.run(60s);
  EXPECT_EQ((grid.delivered[{1, 1}]), std::vector<std::size_t>{24});
  EXPECT_LT(grid.frames_sent - before, 20u) << "25 hosts were not asked";
}

TEST(OnDemandMesh, DeliversNearlyAllThroughLossAndEachOnce) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Grid grid(4, 0.2, seed);
    std::uint16_t number = 0;
    SeededRandom random(seed);
    for (int i = 0; i < 40; ++i) {
      const auto from = random.below(16);
      const auto to = (from + 1 + random.below(15)) % 16;
      grid.send(from, to, ++number);
      grid.run(20s);
    }
    grid.run(2min);
    std::size_t once = 0;
    for (const auto& [key, where] : grid.delivered) {
      EXPECT_EQ(where.size(), 1u) << "seed " << seed;
      ++once;
    }
    EXPECT_GE(once, 38u) << "seed " << seed;
  }
}

TEST(OnDemandMesh, GoesAnotherWayWhenAHopIsGone) {
  OnDemandWorld world(4, 0, 1);  // a diamond: 0 - {1, 2} - 3
  world.join(0, 1);
  world.join(0, 2);
  world.join(1, 3);
  world.join(2, 3);
  world.send(0, 3, 1);
  world.run(60s);
  ASSERT_TRUE(world.delivered.contains({0, 1}));
  const auto way = world[0].ways().best(world.now, OnDemandWorld::id(3));
  ASSERT_TRUE(way);
  const auto gone = OnDemandWorld::index(way->over);
  world.part(0, gone);
  world.send(0, 3, 2);
  world.run(120s);
  EXPECT_TRUE(world.delivered.contains({0, 2}));
}

TEST(OnDemandMesh, SaysThatANodeIsOutOfReachAndTriesItAgain) {
  Chain chain(3);
  chain.part(1, 2);
  chain.send(0, 2, 1);
  chain.run(2min);
  ASSERT_EQ(chain.reachable.size(), 1u);
  EXPECT_EQ(chain.reachable[0], std::make_pair(std::size_t{2}, false));
  EXPECT_FALSE(chain[0].may_reach(OnDemandWorld::id(2)));
  chain.join(1, 2);
  chain.run(3min);
  EXPECT_TRUE(chain[0].may_reach(OnDemandWorld::id(2)));
  chain.send(0, 2, 2);
  chain.run(1min);
  EXPECT_TRUE(chain.delivered.contains({0, 2}));
}

TEST(OnDemandMesh, IsQuietWhenThereIsNothingToSay) {
  Grid grid(4, 0.1, 1);
  grid.send(0, 15, 1);
  grid.run(5min);
  const std::size_t before = grid.frames_sent;
  grid.run(1h);
  EXPECT_EQ(grid.frames_sent, before);
}

TEST(OnDemandMesh, SendsWhatIsUrgentFirst) {
  Chain chain(2);
  chain.send(0, 1, 1);
  chain.run(20s);
  for (std::uint16_t number = 2; number < 10; ++number) chain.send(0, 1, number);
  chain.send(0, 1, 99, Precedence::flash);
  chain.run(2s);
  EXPECT_TRUE(chain.delivered.contains({0, 99}));
  EXPECT_FALSE(chain.delivered.contains({0, 9}));
}

TEST(OnDemandMesh, CarriesNoMoreThanItHasRoomFor) {
  Chain chain(2);
  for (std::uint16_t number = 0; number < 200; ++number) chain.send(0, 1, number);
  EXPECT_EQ(chain[0].counters().submitted, OnDemandMesh::Limits{}.carried_max);
  EXPECT_EQ(chain[0].counters().no_room, 200 - OnDemandMesh::Limits{}.carried_max);
}

TEST(OnDemandMesh, CountsWhatMakesNoSense) {
  Chain chain(2);
  chain[1].receive(chain.now, OnDemandWorld::id(0), 0, from_hex("85").value());
  chain[1].receive(chain.now, OnDemandWorld::id(0), 0, from_hex("8377770101").value());
  EXPECT_EQ(chain[1].counters().malformed, 1u);
  EXPECT_EQ(chain[1].counters().unknown_names, 1u);
}

}  // namespace
}  // namespace muster::mesh
