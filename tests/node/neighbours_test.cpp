// SPDX-License-Identifier: Apache-2.0
#include "node/neighbours.hpp"

#include <set>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "tests/node/neighbour_world.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::NeighbourWorld;

Neighbours::Limits short_lived() {
  Neighbours::Limits limits;
  limits.sessions.renew_after = 10s;
  limits.sessions.session_life = 15s;
  limits.broadcasts.keys.rotate_after = 10s;
  return limits;
}

/// Nothing is broadcast but what a test sends.
Neighbours::Limits without_hellos() {
  Neighbours::Limits limits;
  limits.hello_interval = std::chrono::hours{24};
  return limits;
}

std::vector<std::uint32_t> numbers_arrived(NeighbourWorld::Node& node) {
  std::vector<std::uint32_t> numbers;
  for (const auto& each : node.arrived) numbers.push_back(ByteReader(each.content).u32());
  return numbers;
}

/// Sends a packet each 20 ms for `time`; all that was sent.
std::uint32_t stream(NeighbourWorld& world, Duration time, radio::Reliability reliability) {
  std::uint32_t number = 0;
  for (const TimePoint end = world.now + time; world.now < end; ++number) {
    world.send(0, 1, ByteWriter{}.u32(number).raw(Bytes(160)).view(), reliability);
    world.run(20ms);
  }
  world.run(2s);
  return number;
}

TEST(NeighboursRekeying, LosesNotOneUnrepeatedPacketWhenSessionsAreRenewedByAge) {
  NeighbourWorld world(2, 3, 0, short_lived());
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  const auto sent = stream(world, 5min, radio::Reliability::best_effort);
  const auto arrived = numbers_arrived(world[1]);
  EXPECT_EQ(arrived.size(), sent);
  EXPECT_EQ(std::set(arrived.begin(), arrived.end()).size(), sent);
  EXPECT_GE(world[0].neighbours->session_counters().renewals +
                world[1].neighbours->session_counters().renewals,
            25u);
}

TEST(NeighboursRekeying, LosesNotOneUnrepeatedPacketWhenSessionsAreRenewedByFrames) {
  Neighbours::Limits limits;
  limits.sessions.renew_after_frames = 100;
  NeighbourWorld world(2, 3, 0, limits);
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  const auto sent = stream(world, 1min, radio::Reliability::best_effort);
  EXPECT_EQ(numbers_arrived(world[1]).size(), sent);
  EXPECT_GE(world[0].neighbours->session_counters().renewals, 20u);
}

class LossyRekeying : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LossyRekeying, DeliversEveryPacketOnceAndNeverLosesTheNeighbour) {
  NeighbourWorld world(2, GetParam(), 0.3, short_lived());
  world.run(10s);
  ASSERT_TRUE(world.all_up()) << "seed " << GetParam();
  const auto sent = stream(world, 2min, radio::Reliability::reliable);
  const auto arrived = numbers_arrived(world[1]);
  EXPECT_EQ(arrived.size(), sent) << "seed " << GetParam();
  EXPECT_EQ(std::set(arrived.begin(), arrived.end()).size(), sent) << "seed " << GetParam();
  EXPECT_TRUE(world[0].downs.empty() && world[1].downs.empty()) << "seed " << GetParam();
  EXPECT_GE(world[0].renewed, 5) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyRekeying, testing::Range<std::uint64_t>(1, 6));

TEST(Neighbours, ANodeThatWasSetUpAnewIsRefusedByIkAndComesBackByXx) {
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    NeighbourWorld world(2, seed, 0.1);
    for (int boot = 2; boot <= 4; ++boot) {
      world.run(20s);
      world.start(1);
    }
    world.run(20s);
    ASSERT_TRUE(world.all_up()) << "seed " << seed;
    world.set_up_anew(1);
    world.run(30s);
    EXPECT_TRUE(world.all_up()) << "seed " << seed;
    refused += world[0].neighbours->session_counters().replayed_handshakes;
  }
  EXPECT_GE(refused, 3u);
}

TEST(Neighbours, TellHowLongAPacketWasOnTheHop) {
  NeighbourWorld world(2, 3, 0);
  world.run(5s);
  world.send(0, 1, as_bytes("packet"), radio::Reliability::reliable);
  world.run(1s);
  ASSERT_EQ(world[1].arrived.size(), 1u);
  EXPECT_GE(world[1].arrived[0].transit, 3ms);
  EXPECT_LE(world[1].arrived[0].transit, 10ms);
}

TEST(Neighbours, AreRenewedAfterSomethingUrgentWasDroppedButNotTooOften) {
  NeighbourWorld world(2, 3, 0);
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  const int before = world[0].renewed;
  world.loss = 1;
  for (int i = 0; i < 40; ++i) {
    world.send(0, 1, as_bytes("late"), radio::Reliability::reliable, Precedence::routine,
               world.now + 100ms);
    world.run(100ms);
  }
  EXPECT_EQ(world[0].renewed, before);
  for (int i = 0; i < 100; ++i) {
    world.send(0, 1, as_bytes("late"), radio::Reliability::reliable, Precedence::flash,
               world.now + 100ms);
    world.run(100ms);
  }
  EXPECT_GE(world[0].renewed, before + 2);
  EXPECT_LE(world[0].renewed, before + 4);
}

TEST(NeighboursBroadcasting, SaysOnceToAllWhatManyHear) {
  NeighbourWorld world(6, 5, 0, without_hellos());
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  world.send_to_all(0, "first");  // finds out who hears
  world.run(1s);
  const auto unicasts = world[0].unicasts;
  for (int i = 0; i < 10; ++i) world.send_to_all(0, "more");
  EXPECT_EQ(world[0].unicasts, unicasts);
  world.run(1s);
  EXPECT_EQ(world[0].broadcasts, 11u);
  EXPECT_EQ(world[0].neighbours->broadcast_counters().unicasts_saved, 50u);
  for (std::uint8_t i = 1; i < 6; ++i) {
    EXPECT_EQ(
        std::ranges::count_if(world[i].arrived,
                              [](const auto& each) { return as_text(each.content) == "more"; }),
        10);
    for (const auto& each : world[i].arrived) EXPECT_EQ(each.from, NeighbourWorld::id(0));
  }
}

TEST(NeighboursBroadcasting, ServesThoseWhoHearNothingOneByOne) {
  NeighbourWorld world(5, 5, 0, without_hellos());
  world.deaf = [](std::uint8_t to) { return to == 3; };
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  for (int i = 0; i < 30; ++i) {
    world.send_to_all(0, "all");
    world.run(1s);
  }
  EXPECT_EQ(world[1].arrived.size(), 30u);
  EXPECT_EQ(world[2].arrived.size(), 30u);
  EXPECT_EQ(world[4].arrived.size(), 30u);
  EXPECT_EQ(world[3].arrived.size(), 30u - Broadcasts::Limits{}.trials_alone);
  EXPECT_EQ(world[0].broadcasts, 30u);
}

TEST(NeighboursBroadcasting, SaysNothingToEverybodyOnALinkWithoutBeacons) {
  NeighbourWorld world(4, 5, 0, without_hellos());
  world.run(5s);
  ASSERT_TRUE(world.all_up());
  world[0].neighbours->link_up(world.now, LinkId{0}, 1352, false);
  world.send_to_all(0, "all");
  world.run(1s);
  EXPECT_EQ(world[0].broadcasts, 0u);
  for (std::uint8_t i = 1; i < 4; ++i) EXPECT_EQ(world[i].arrived.size(), 1u) << int{i};
}

TEST(NeighboursBroadcasting, GivesUpWhereNobodyHears) {
  NeighbourWorld world(4, 5, 0, without_hellos());
  world.deaf = [](std::uint8_t) { return true; };
  world.run(5s);
  for (int i = 0; i < 100; ++i) {
    world.send_to_all(0, "all");
    world.run(1s);
  }
  EXPECT_EQ(world[0].broadcasts, Broadcasts::Limits{}.trials_max);
  for (std::uint8_t i = 1; i < 4; ++i)
    EXPECT_EQ(world[i].arrived.size(), 100u - Broadcasts::Limits{}.trials_alone) << int{i};
}

TEST(NeighboursBroadcasting, NoticesWhenANeighbourCeasesToHear) {
  NeighbourWorld world(4, 5, 0, without_hellos());
  world.run(5s);
  bool deaf = false;
  world.deaf = [&](std::uint8_t to) { return deaf && to == 2; };
  const auto say = [&](Duration time) {
    for (const TimePoint end = world.now + time; world.now < end;) {
      world.send_to_all(0, "all");
      world.run(16s);
    }
  };
  say(5min);
  deaf = true;
  say(13min);
  const auto before = world[2].arrived.size();
  say(5min);
  EXPECT_GE(world[2].arrived.size() - before, 15u);
}

TEST(NeighboursBroadcasting, KeepsBeingHeardWhileKeysAreReplaced) {
  NeighbourWorld world(4, 5, 0, short_lived());
  world.run(5s);
  for (int i = 0; i < 300; ++i) {
    world.send_to_all(0, std::to_string(i));
    world.run(1s);
  }
  for (std::uint8_t node = 1; node < 4; ++node) {
    std::set<std::string> heard;
    for (const auto& each : world[node].arrived) heard.emplace(as_text(each.content));
    EXPECT_EQ(heard.size(), 300u) << int{node};
  }
  std::set<std::uint32_t> keys;
  for (const auto& each : world.broadcasts)
    keys.insert(ByteReader(BytesView(each).subspan(1)).u32());
  EXPECT_GE(keys.size(), 20u);
  EXPECT_GE(world[0].neighbours->broadcast_counters().unicasts_saved, 800u);
}

TEST(NeighboursBroadcasting, ReplaysForgeriesAndOldKeysAreCountedAndDropped) {
  NeighbourWorld world(4, 5, 0, without_hellos());
  world.run(5s);
  world.send_to_all(0, "once");
  world.run(1s);
  ASSERT_EQ(world.broadcasts.size(), 1u);
  const auto arrived = world[1].arrived.size();
  const Bytes original = world.broadcasts[0];
  for (int i = 0; i < 3; ++i) world.inject(2, 1, original);
  Bytes forged = original;
  forged.back() ^= 1;
  forged[8] ^= 0x40;  // a counter that has not been used
  world.inject(2, 1, forged);
  world.inject(2, 1, BytesView(original).first(12));
  world.inject(1, 0, original);
  EXPECT_EQ(world[1].arrived.size(), arrived);
  const auto& counters = world[1].neighbours->broadcast_counters();
  EXPECT_EQ(counters.repeated, 3u);
  EXPECT_EQ(counters.forged, 1u);
  EXPECT_EQ(counters.malformed, 1u);
  // A restarted node has new keys of all, which begin where the old frame is no longer new.
  world.start(1);
  world.run(10s);
  ASSERT_TRUE(world.all_up());
  const auto after = world[1].arrived.size();
  world.inject(2, 1, original);
  EXPECT_EQ(world[1].arrived.size(), after);
}

TEST(NeighboursHellos, SpareIdleNeighboursTheirQuestions) {
  const auto idle = [](const Neighbours::Limits& limits) {
    NeighbourWorld world(6, 5, 0.1, limits);
    world.run(30s);
    EXPECT_TRUE(world.all_up());
    const auto before = world[0].unicasts;
    world.run(5min);
    for (std::uint8_t i = 0; i < 6; ++i) EXPECT_TRUE(world[i].downs.empty()) << int{i};
    return world[0].unicasts - before;
  };
  EXPECT_LT(idle({}) * 4, idle(without_hellos()));
}

TEST(NeighboursHellos, DoNotKeepUpWhoIsGone) {
  NeighbourWorld world(6, 5, 0);
  world.run(30s);
  ASSERT_TRUE(world.all_up());
  world.loss = 1;
  world.run(30s);
  EXPECT_EQ(world[0].downs.size(), 5u);
}

TEST(NeighboursBroadcasting, HearsARestartedNodeAgain) {
  NeighbourWorld world(4, 5, 0, without_hellos());
  world.run(5s);
  world.send_to_all(0, "before");
  world.run(1s);
  world.start(0);
  world.run(10s);
  ASSERT_TRUE(world.all_up());
  world.send_to_all(0, "after");
  world.run(1s);
  world.send_to_all(0, "again");
  world.run(1s);
  for (std::uint8_t i = 1; i < 4; ++i) {
    EXPECT_EQ(as_text(world[i].arrived.back().content), "again") << int{i};
  }
  EXPECT_EQ(world[0].neighbours->broadcast_counters().unicasts_saved, 3u);
}

}  // namespace
}  // namespace muster::node
