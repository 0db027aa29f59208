// SPDX-License-Identifier: Apache-2.0
#include "security/session_table.hpp"
#include "tests/security/session_world.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;
using test::SessionWorld;

/// Beacons bring both sides to connect every now and then; what is heard is one side's luck.
Duration time_to_link(SessionWorld& world, SeededRandom& beacons) {
  const TimePoint begun = world.now;
  while (!world.linked(1, 2) && world.now < begun + 5min) {
    if (beacons.unit() < 0.3) world.connect(1, 2);
    if (beacons.unit() < 0.3) world.connect(2, 1);
    world.run(500ms);
  }
  return world.now - begun;
}

class SessionOverLoss : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Acquainted, SessionOverLoss, ::testing::Bool());

TEST_P(SessionOverLoss, LinksWhenHalfOfAllFramesAreLost) {
  std::vector<Duration> took;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    SessionWorld world(seed);
    world.add(1);
    world.add(2);
    if (GetParam()) world.know_all();
    world.loss = 0.5;
    SeededRandom beacons(seed);
    took.push_back(time_to_link(world, beacons));
    EXPECT_TRUE(world.linked(1, 2));
    EXPECT_LT(took.back(), 40s);
  }
  std::ranges::sort(took);
  EXPECT_LT(took[75], 5s);
}

TEST_P(SessionOverLoss, BothSidesGoOnTalkingThroughRestartsAndLoss) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    SessionWorld world(seed);
    world.add(1);
    world.add(2);
    if (GetParam()) world.know_all();
    world.loss = 0.3;
    SeededRandom chance(seed);
    for (int round = 0; round < 6; ++round) {
      world.start(chance.below(2) == 0 ? 1 : 2);
      world.reconnect(1, 2);  // its beacon shows the new boot
      world.reconnect(2, 1);
      for (int i = 0; i < 60; ++i) {
        if (chance.unit() < 0.3) world.connect(1, 2);
        if (chance.unit() < 0.3) world.connect(2, 1);
        world.run(500ms);
        world.say(1, 2, "hop keep-alive");
        world.say(2, 1, "hop keep-alive");
      }
      world[1].frames.clear();
      world[2].frames.clear();
      for (int i = 0; i < 40; ++i) {
        world.say(1, 2, "x");
        world.say(2, 1, "x");
        world.run(100ms);
      }
      EXPECT_GT(world[1].frames.size(), 10U) << round;
      EXPECT_GT(world[2].frames.size(), 10U) << round;
    }
  }
}

TEST_P(SessionOverLoss, DeliversEveryFrameAtMostOnceInWhateverOrder) {
  SessionWorld world(9);
  world.add(1);
  world.add(2);
  if (GetParam()) world.know_all();
  world.connect(1, 2);
  world.run(1s);
  world.jitter = 300ms;
  world.loss = 0.2;
  for (int i = 0; i < 2000; ++i) {
    world.say(1, 2, std::to_string(i));
    world.run(2ms);
  }
  world.run(1s);
  std::set<std::string> seen;
  for (const auto& frame : world[2].frames) {
    EXPECT_TRUE(seen.insert(std::string(as_text(frame.frame))).second);
  }
  EXPECT_GT(seen.size(), 1500U);
  EXPECT_EQ(world[2].table->counters().replayed_frames, 0U);
}

}  // namespace
}  // namespace muster::security
