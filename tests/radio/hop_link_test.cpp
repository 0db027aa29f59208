// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_link.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::number_of;
using testing::numbered_packet;
using testing::SimulatedHop;

std::size_t count_dropped(const SimulatedHop::End& end, DropReason reason) {
  return static_cast<std::size_t>(
      std::count_if(end.dropped.begin(), end.dropped.end(),
                    [&](const HopLink::Dropped& dropped) { return dropped.reason == reason; }));
}

TEST(HopLink, DeliversAPacketToTheNeighbour) {
  SimulatedHop hop({}, 1);
  hop.submit(0, numbered_packet(7, 500));
  hop.run_for(100ms);
  ASSERT_EQ(hop[1].delivered.size(), 1U);
  EXPECT_EQ(hop[1].delivered[0], numbered_packet(7, 500));
}

class HopLinkUnderLoss : public ::testing::TestWithParam<std::tuple<double, std::uint64_t>> {};

TEST_P(HopLinkUnderLoss, DeliversEveryReliablePacketExactlyOnceBothWays) {
  const auto [loss, seed] = GetParam();
  SCOPED_TRACE(::testing::Message() << "loss " << loss << ", seed " << seed);
  SimulatedHop hop({.loss = loss, .duplication = 0.05, .jitter = 4ms, .bits_per_second = 6e6},
                   seed);
  SeededRandom random(seed);
  const std::uint32_t count = 120;
  std::array<std::map<std::uint32_t, Bytes>, 2> sent;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t end : {0, 1}) {
      const std::size_t size =
          random.below(5) == 0 ? 4 + random.below(20000) : 4 + random.below(900);
      const auto precedence = static_cast<Precedence>(random.below(4));
      const Bytes packet = numbered_packet(i, size);
      sent[end][i] = packet;
      hop.at(SimulatedHop::start + i * 20ms,
             [&hop, end, packet, precedence] { hop.submit(end, packet, precedence); });
    }
  }
  const bool all = hop.run_until(
      120s, [&] { return hop[0].delivered.size() >= count && hop[1].delivered.size() >= count; });
  EXPECT_TRUE(all) << hop[0].delivered.size() << " and " << hop[1].delivered.size();
  hop.run_for(3s);
  for (std::size_t end : {0, 1}) {
    std::map<std::uint32_t, Bytes> got;
    for (const Bytes& packet : hop[1 - end].delivered) got[number_of(packet)] = packet;
    EXPECT_EQ(hop[1 - end].delivered.size(), count);
    EXPECT_TRUE(got == sent[end]);
    EXPECT_EQ(hop[end].link.quality().queue_bytes, 0U);
    EXPECT_TRUE(hop[end].dropped.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Loss, HopLinkUnderLoss,
                         ::testing::Combine(::testing::Values(0.0, 0.2, 0.3, 0.5),
                                            ::testing::Range<std::uint64_t>(1, 16)));

/// Keeps the queue of end 0 full for `span`; the octets that arrived, per second.
double goodput(SimulatedHop& hop, Duration span) {
  std::uint32_t next = 0;
  std::function<void()> feed = [&] {
    while (hop[0].link.quality().queue_bytes < 200'000)
      hop.submit(0, numbered_packet(next++, 1100));
    hop.at(hop.now() + 5ms, feed);
  };
  hop.at(hop.now(), feed);
  hop.run_for(span);
  std::size_t octets = 0;
  for (const Bytes& packet : hop[1].delivered) octets += packet.size();
  return static_cast<double>(octets) / std::chrono::duration<double>(span).count();
}

TEST(HopLink, UsesNineTenthsOfWhatALossOfThirtyPercentLeaves) {
  for (const double bits_per_second : {1e6, 6e6, 50e6}) {
    SimulatedHop hop({.loss = 0.3, .bits_per_second = bits_per_second}, 5);
    EXPECT_GT(goodput(hop, 10s), 0.9 * 0.7 * bits_per_second / 8) << bits_per_second << " bit/s";
  }
}

TEST(HopLink, BuildsNoLongQueueUnderneath) {
  SimulatedHop hop({.loss = 0.2, .bits_per_second = 6e6}, 5);
  std::ignore = goodput(hop, 10s);
  EXPECT_LT(hop[0].link.quality().srtt, 60ms);
}

TEST(HopLink, OneLostAcknowledgementCausesNoTransmission) {
  SimulatedHop hop({.bits_per_second = 6e6}, 3);
  hop.run_for(1s);
  int acknowledgements = 0;
  hop.lose = [&](std::size_t from, BytesView) { return from == 1 && ++acknowledgements == 8; };
  for (std::uint32_t i = 0; i < 60; ++i) hop.submit(0, numbered_packet(i, 1000));
  hop.run_for(2s);
  EXPECT_GT(acknowledgements, 8);
  EXPECT_EQ(hop[1].delivered.size(), 60U);
  EXPECT_EQ(hop[0].link.quality().counters.pieces_sent_again, 0U);
}

TEST(HopLink, OneLostFrameIsSentAgainAlone) {
  SimulatedHop hop({.bits_per_second = 6e6}, 3);
  hop.run_for(1s);
  int frames = 0;
  hop.lose = [&](std::size_t from, BytesView) { return from == 0 && ++frames == 20; };
  for (std::uint32_t i = 0; i < 60; ++i) hop.submit(0, numbered_packet(i, 1000));
  hop.run_for(2s);
  EXPECT_EQ(hop[1].delivered.size(), 60U);
  EXPECT_EQ(hop[0].link.quality().counters.pieces_sent_again, 1U);
}

TEST(HopLink, PutsSmallPacketsSubmittedTogetherIntoOneFrame) {
  HopLink link({}, TimePoint{1s}, 1);
  while (link.poll()) {
  }
  for (std::uint32_t i = 0; i < 5; ++i) {
    link.submit(TimePoint{2s}, numbered_packet(i, 100), Precedence::routine, Reliability::reliable,
                std::nullopt);
  }
  std::vector<Bytes> frames;
  while (const auto output = link.poll()) {
    if (const auto* sent = std::get_if<HopLink::Transmit>(&*output)) frames.push_back(sent->frame);
  }
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(HopFrame::parse(frames[0])->chunks.size(), 5U);
}

TEST(HopLink, NeverMakesAFrameLargerThanTold) {
  for (const std::size_t largest : {128U, 200U, 555U, 1200U}) {
    SimulatedHop hop({.loss = 0.2, .jitter = 3ms}, 4, {.frame_bytes_max = largest});
    hop.tap = [&](std::size_t, BytesView frame) { EXPECT_LE(frame.size(), largest); };
    for (std::uint32_t i = 0; i < 40; ++i) {
      for (std::size_t end : {0, 1}) hop.submit(end, numbered_packet(i, 4 + i * 37));
    }
    hop.run_for(20s);
    EXPECT_EQ(hop[0].delivered.size(), 40U);
    EXPECT_EQ(hop[1].delivered.size(), 40U);
  }
}

TEST(HopLink, CutsPacketsAnewWhenThePathHasASmallerFrame) {
  SimulatedHop hop({.loss = 0.3}, 6);
  hop.run_for(1s);
  hop.submit(0, numbered_packet(1, 30000));
  hop.run_for(4ms);
  hop[0].link.set_frame_bytes_max(300);
  std::size_t largest = 0;
  hop.tap = [&](std::size_t, BytesView frame) { largest = std::max(largest, frame.size()); };
  hop.run_for(10s);
  ASSERT_EQ(hop[1].delivered.size(), 1U);
  EXPECT_EQ(hop[1].delivered[0], numbered_packet(1, 30000));
  EXPECT_LE(largest, 300U);
}

TEST(HopLink, SendsTheRestOfASplitPacketWhenThePathHasALargerFrame) {
  SimulatedHop hop({}, 6, {.frame_bytes_max = 200});
  hop.run_for(1s);
  hop[1].mute = true;  // so the window closes while the packet is partly sent
  hop.submit(0, numbered_packet(1, 1000), Precedence::routine, Reliability::best_effort);
  hop.submit(0, numbered_packet(2, 8000));
  hop[0].link.set_frame_bytes_max(9000);
  hop[1].mute = false;
  const auto frames = hop[0].frames;
  hop.run_for(10s);
  ASSERT_EQ(hop[1].delivered.size(), 2U);
  EXPECT_EQ(hop[1].delivered[1], numbered_packet(2, 8000));
  EXPECT_LT(hop[0].frames - frames, 200U);
}

TEST(HopLink, SendsBestEffortOnce) {
  SimulatedHop hop({}, 2);
  hop.run_for(1s);
  hop.lose = [](std::size_t from, BytesView) { return from == 0; };
  hop.submit(0, numbered_packet(1, 100), Precedence::routine, Reliability::best_effort);
  hop.run_for(50ms);
  hop.lose = nullptr;
  hop.run_for(2s);
  EXPECT_TRUE(hop[1].delivered.empty());
  EXPECT_EQ(hop[0].link.quality().queue_bytes, 0U);
}

TEST(HopLink, RepeatsLittleWhileNothingIsAnswered) {
  SimulatedHop hop({}, 2);
  hop.submit(0, numbered_packet(0, 100));
  hop.run_for(1s);
  hop.lose = [](std::size_t from, BytesView) { return from == 0; };
  for (std::uint32_t i = 1; i <= 20; ++i) hop.submit(0, numbered_packet(i, 1000));
  hop.run_for(300ms);
  EXPECT_TRUE(hop[0].link.hesitates());
  const auto before = hop[0].octets;
  hop.run_for(2400ms);
  // One frame each 240 ms.
  EXPECT_LE(hop[0].octets - before, 14U * 1200U);
  hop.lose = nullptr;
  hop.run_for(1s);
  EXPECT_FALSE(hop[0].link.hesitates());
  EXPECT_EQ(hop[1].delivered.size(), 21U);
}

TEST(HopLink, GivesBackWhatWaitsForASilentNeighbour) {
  SimulatedHop hop({}, 2);
  hop.run_for(1s);
  hop.lose = [](std::size_t from, BytesView) { return from == 0; };
  for (std::uint32_t i = 1; i <= 6; ++i) hop.submit(0, numbered_packet(i, 1000));
  hop.run_for(300ms);
  const auto taken =
      hop[0].link.take_back([](BytesView packet) { return number_of(to_bytes(packet)) % 2 == 0; });
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].bytes, numbered_packet(2, 1000));
  hop.lose = nullptr;
  hop.run_for(2s);
  std::set<std::uint32_t> arrived;
  for (const auto& packet : hop[1].delivered) arrived.insert(number_of(packet));
  EXPECT_EQ(arrived, (std::set<std::uint32_t>{1, 3, 5}));
}

TEST(HopLink, DeliversBestEffortInFragments) {
  SimulatedHop hop({}, 2);
  hop.submit(0, numbered_packet(1, 5000), Precedence::routine, Reliability::best_effort);
  hop.run_for(1s);
  ASSERT_EQ(hop[1].delivered.size(), 1U);
  EXPECT_EQ(hop[1].delivered[0], numbered_packet(1, 5000));
}

TEST(HopLink, RefusesWhatIsEmptyOrTooLarge) {
  SimulatedHop hop({}, 2);
  hop.submit(0, Bytes{});
  hop.submit(0, Bytes(32769));
  EXPECT_EQ(count_dropped(hop[0], DropReason::unsendable), 2U);
  hop.submit(0, Bytes(32768));
  hop.run_for(1s);
  EXPECT_EQ(hop[1].delivered.size(), 1U);
}

TEST(HopLink, AFullQueueGivesWayToHigherPrecedenceOnly) {
  SimulatedHop hop({.loss = 1}, 2, {.queue_bytes_max = 100'000});
  for (std::uint32_t i = 0; i < 30; ++i) hop.submit(0, numbered_packet(i, 5000));
  EXPECT_EQ(count_dropped(hop[0], DropReason::queue_full), 10U);
  hop.submit(0, numbered_packet(99, 5000), Precedence::flash);
  ASSERT_EQ(hop[0].dropped.size(), 11U);
  EXPECT_EQ(hop[0].dropped.back().precedence, Precedence::routine);
  EXPECT_LE(hop[0].link.quality().queue_bytes, 100'000U);
  hop.air().loss = 0;
  hop.run_for(10s);
  std::set<std::uint32_t> got;
  for (const Bytes& packet : hop[1].delivered) got.insert(number_of(packet));
  EXPECT_TRUE(got.contains(99));
  EXPECT_EQ(got.size(), 20U);
}

TEST(HopLink, MeasuresTheShareOfFramesThatArrive) {
  for (const double loss : {0.0, 0.2, 0.5}) {
    SimulatedHop hop({}, 8);
    SeededRandom random(8);
    hop.lose = [&](std::size_t from, BytesView) { return from == 0 && random.unit() < loss; };
    double sum = 0;
    double heard = 0;
    for (std::uint32_t i = 0; i < 2000; ++i) {
      hop.at(SimulatedHop::start + 1s + i * 20ms, [&, i] {
        hop.submit(0, numbered_packet(i, 200));
        sum += hop[0].link.quality().delivery_ratio;
        heard += hop[1].link.quality().heard_ratio;
      });
    }
    hop.run_for(60s);
    EXPECT_NEAR(sum / 2000, 1 - loss, 0.06) << "as acknowledged";
    EXPECT_NEAR(heard / 2000, 1 - loss, 0.06) << "as heard";
  }
}

TEST(HopLink, ReliablePacketsSurviveThatTheNeighbourBeginsAnew) {
  SimulatedHop hop({.loss = 0.2}, 3);
  hop.run_for(2s);
  hop.replace(1, HopLink({}, hop.now(), 4711));
  for (std::uint32_t i = 0; i < 20; ++i) hop.submit(0, numbered_packet(i, 3000));
  hop.run_for(15ms);
  hop.replace(1, HopLink({}, hop.now(), 4712));
  hop.run_for(10s);
  std::set<std::uint32_t> got;
  for (const Bytes& packet : hop[1].delivered) got.insert(number_of(packet));
  EXPECT_EQ(got.size(), 20U);
  hop.submit(1, numbered_packet(500, 300));
  hop.run_for(2s);
  ASSERT_EQ(hop[0].delivered.size(), 1U);
  EXPECT_EQ(number_of(hop[0].delivered[0]), 500U);
}

TEST(HopLink, CallsThatComeEarlyLateOrTwiceDoNoHarm) {
  SimulatedHop hop({.loss = 0.2}, 3);
  for (int i = 0; i < 4000; ++i) {
    hop.at(SimulatedHop::start + i * 500us, [&hop] {
      for (std::size_t end : {0, 1}) {
        hop[end].link.advance(hop.now());
        hop[end].link.advance(hop.now() - 10s);
      }
    });
  }
  for (std::uint32_t i = 0; i < 50; ++i) hop.submit(0, numbered_packet(i, 900));
  hop.run_for(2s);
  EXPECT_EQ(hop[1].delivered.size(), 50U);
}

}  // namespace
}  // namespace muster::radio
