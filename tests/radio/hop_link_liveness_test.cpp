// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "radio/hop_link.hpp"
#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::numbered_packet;
using testing::SimulatedHop;

void cut(SimulatedHop& hop, bool silent) { hop[0].mute = hop[1].mute = silent; }

TEST(HopLinkLiveness, ComesUpOnceBothEndsHearEachOther) {
  SimulatedHop hop({}, 1);
  EXPECT_FALSE(hop[0].link.up());
  hop.run_for(200ms);
  EXPECT_EQ(hop[0].up_down, std::vector<bool>{true});
  EXPECT_EQ(hop[1].up_down, std::vector<bool>{true});
}

TEST(HopLinkLiveness, ALinkThatWorksOneWayOnlyIsNotUp) {
  SimulatedHop hop({}, 1);
  hop[0].mute = true;
  hop.run_for(60s);
  EXPECT_FALSE(hop[0].link.up());
  EXPECT_FALSE(hop[1].link.up());
}

TEST(HopLinkLiveness, GoesDownAtBothEndsWhenOneDirectionFails) {
  SimulatedHop hop({.loss = 0.2}, 1);
  hop.run_for(10s);
  hop[0].mute = true;
  hop.run_for(9s);
  EXPECT_FALSE(hop[0].link.up());
  EXPECT_FALSE(hop[1].link.up());
}

TEST(HopLinkLiveness, StaysUpForHoursWhileHalfOfTheFramesAreLost) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SimulatedHop hop({.loss = 0.5}, seed);
    hop.run_for(2h);
    EXPECT_EQ(hop[0].up_down, std::vector<bool>{true});
  }
}

TEST(HopLinkLiveness, GoesDownWithinEightSecondsOfSilence) {
  for (const double loss : {0.0, 0.2, 0.5}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(::testing::Message() << "loss " << loss << ", seed " << seed);
      SimulatedHop hop({.loss = loss}, seed);
      hop.run_for(20s);
      cut(hop, true);
      hop.run_for(2s);
      EXPECT_TRUE(hop[0].link.up());
      hop.run_for(6100ms);
      EXPECT_EQ(hop[0].up_down, (std::vector<bool>{true, false}));
    }
  }
}

TEST(HopLinkLiveness, ReliablePacketsWaitOutAPartitionAndArriveOnce) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SimulatedHop hop({.loss = 0.2}, seed);
    hop.run_for(5s);
    hop.submit(0, numbered_packet(0, 20000));
    hop.run_for(2ms);
    cut(hop, true);
    for (std::uint32_t i = 1; i < 20; ++i) {
      hop.submit(0, numbered_packet(i, 2000));
      hop.run_for(1s);
    }
    hop.run_for(40s);
    cut(hop, false);
    EXPECT_TRUE(hop.run_until(5s, [&] { return hop[1].delivered.size() == 20; }));
    hop.run_for(5s);
    EXPECT_EQ(hop[1].delivered.size(), 20U);
    EXPECT_TRUE(hop[0].dropped.empty());
    EXPECT_EQ(hop[0].up_down, (std::vector<bool>{true, false, true}));
  }
}

TEST(HopLinkLiveness, AsksOnceASecondWhileDown) {
  SimulatedHop hop({}, 3);
  hop.run_for(5s);
  for (std::uint32_t i = 0; i < 50; ++i) hop.submit(0, numbered_packet(i, 5000));
  cut(hop, true);
  hop.run_for(10s);
  const std::uint64_t before = hop[0].octets;
  hop.run_for(100s);
  EXPECT_NEAR(static_cast<double>(hop[0].octets - before), 100.0 * hop_header_bytes, 120);
}

TEST(HopLinkLiveness, DoesNotFillTheAirWhileNobodyAnswers) {
  SimulatedHop hop({.bits_per_second = 6e6}, 3);
  hop.run_for(5s);
  for (std::uint32_t i = 0; i < 100; ++i) hop.submit(0, numbered_packet(i, 5000));
  hop.run_for(300ms);
  ASSERT_GT(hop[0].link.quality().queue_bytes, 100'000U);
  cut(hop, true);
  const std::uint64_t before = hop[0].octets;
  hop.run_for(10s);
  EXPECT_LT(hop[0].octets - before, 150'000U);
}

TEST(HopLinkLiveness, BestEffortIsDroppedWhileDown) {
  SimulatedHop hop({}, 3);
  hop.run_for(5s);
  cut(hop, true);
  hop.run_for(10s);
  hop.submit(0, numbered_packet(1, 100), Precedence::routine, Reliability::best_effort);
  ASSERT_EQ(hop[0].dropped.size(), 1U);
  EXPECT_EQ(hop[0].dropped[0].reason, DropReason::link_down);
}

TEST(HopLinkLiveness, AHostThatStoodStillDoesNotBlameTheNeighbour) {
  SimulatedHop hop({}, 3);
  hop.run_for(5s);
  HopLink link = hop[0].link;
  link.advance(hop.now() + 1h);
  EXPECT_TRUE(link.up());
}

TEST(HopLinkLiveness, AnIdleHopCostsLessThanFortyOctetsASecond) {
  SimulatedHop hop({}, 3);
  hop.run_for(60s);
  const std::uint64_t before = hop[0].octets + hop[1].octets;
  hop.run_for(100s);
  EXPECT_LT(hop[0].octets + hop[1].octets - before, 4000U);
}

TEST(HopLinkLiveness, TheRatioIsLearnedAnewAfterAPartition) {
  SimulatedHop hop({}, 3);
  hop.run_for(20s);
  cut(hop, true);
  hop.run_for(120s);
  cut(hop, false);
  hop.run_for(10s);
  EXPECT_GT(hop[0].link.quality().delivery_ratio, 0.95);
  EXPECT_GT(hop[0].link.quality().heard_ratio, 0.95);
}

}  // namespace
}  // namespace muster::radio
