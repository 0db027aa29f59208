// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "radio/hop_link.hpp"
#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::numbered_packet;
using testing::SimulatedHop;

/// Frames of a lossy exchange of small and large packets, both ways.
std::vector<Bytes> recorded_frames() {
  std::vector<Bytes> frames;
  SimulatedHop hop({.loss = 0.3, .jitter = 3ms}, 9);
  hop.tap = [&](std::size_t, BytesView frame) { frames.push_back(to_bytes(frame)); };
  for (std::uint32_t i = 0; i < 12; ++i) {
    for (std::size_t end : {0, 1}) {
      hop.submit(end, numbered_packet(i, 30 + i * 60));
      hop.submit(end, numbered_packet(i, 1500), Precedence::priority, Reliability::best_effort);
    }
    hop.run_for(15ms);
  }
  hop.run_for(3s);
  return frames;
}

void expect_within_limits(HopLink& link) {
  std::size_t outputs = 0;
  while (const auto output = link.poll()) {
    ASSERT_LT(++outputs, 10'000U);
    if (const auto* delivered = std::get_if<HopLink::Deliver>(&*output)) {
      EXPECT_LE(delivered->packet.size(), 32768U);
    }
  }
  EXPECT_LE(link.quality().queue_bytes, HopLink::Limits{}.queue_bytes_max);
}

TEST(HopLinkGarbage, InEveryOctetOfEveryFrameDoesNoHarm) {
  const std::vector<Bytes> frames = recorded_frames();
  SeededRandom random(1);
  TimePoint now{100s};
  std::uint64_t tried = 0;
  for (std::size_t chosen = 0; chosen < frames.size(); chosen += 3) {
    HopLink link({}, now, chosen);
    link.submit(now, numbered_packet(1, 2000), Precedence::routine, Reliability::reliable, {});
    for (std::size_t octet = 0; octet < frames[chosen].size(); octet += octet < 64 ? 1 : 17) {
      Bytes frame = frames[chosen];
      frame[octet] = static_cast<std::uint8_t>(random.next());
      link.receive(now += 1ms, frame);
      link.receive(now, BytesView(frame).first(octet));
      expect_within_limits(link);
      ++tried;
    }
  }
  EXPECT_GT(tried, 1000U);
}

TEST(HopLinkGarbage, OfPureChanceDoesNoHarm) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    TimePoint now{100s};
    HopLink link({}, now, seed);
    for (int i = 0; i < 2000; ++i) {
      Bytes frame(random.below(100));
      for (auto& octet : frame) octet = static_cast<std::uint8_t>(random.next());
      // Half of them get past the first checks.
      if (frame.size() > 3 && random.below(2) == 0) {
        frame[0] = static_cast<std::uint8_t>(0x20 | random.below(8));
        frame[1] = frame[2] = 0;
      }
      link.receive(now += std::chrono::milliseconds{random.below(50)}, frame);
      expect_within_limits(link);
    }
    EXPECT_GT(link.quality().counters.malformed, 0U);
    EXPECT_GT(link.quality().counters.frames_received, 0U);
  }
}

TEST(HopLinkGarbage, IsCountedAndLeavesTheExchangeAlone) {
  SimulatedHop hop({.loss = 0.2}, 4);
  SeededRandom random(4);
  for (int i = 0; i < 1000; ++i) {
    hop.at(SimulatedHop::start + i * 2ms, [&] {
      Bytes frame(random.below(60));
      for (auto& octet : frame) octet = static_cast<std::uint8_t>(random.next() | 0x80);
      for (std::size_t end : {0, 1}) hop[end].link.receive(hop.now(), frame);
    });
  }
  for (std::uint32_t i = 0; i < 100; ++i) {
    hop.at(SimulatedHop::start + i * 20ms, [&hop, i] { hop.submit(0, numbered_packet(i, 1500)); });
  }
  hop.run_for(5s);
  EXPECT_EQ(hop[1].delivered.size(), 100U);
  EXPECT_EQ(hop[1].link.quality().counters.malformed, 1000U);
}

TEST(HopLinkGarbage, AcknowledgementsOfWhatWasNeverSentAreCounted) {
  TimePoint now{100s};
  HopLink link({}, now, 1);
  const auto first = link.poll();
  const auto sent = HopFrame::parse(std::get<HopLink::Transmit>(*first).frame);
  HopFrame frame;
  frame.ack = HopAck{.tag = sent->tag, .largest = 1000, .hold = {}, .bitmap = Bytes(32, 0xff)};
  link.receive(now, frame.encode());
  EXPECT_EQ(link.quality().counters.bad_acks, 1U);
  EXPECT_FALSE(link.up());
}

TEST(HopLinkGarbage, FragmentsThatNeverBecomeWholeHaveALimit) {
  TimePoint now{100s};
  HopLink link({.reassembly_bytes_max = 100'000}, now, 1);
  const Bytes part(100);
  for (std::uint32_t i = 0; i < 50; ++i) {
    HopFrame frame;
    frame.eliciting = true;
    frame.number = i;
    frame.oldest = 0;
    frame.chunks.push_back({.reliable = true,
                            .fragment = true,
                            .number = static_cast<std::uint16_t>(i),
                            .total = 20'000,
                            .at = 0,
                            .data = part});
    link.receive(now, frame.encode());
  }
  EXPECT_EQ(link.quality().counters.reassembly_full, 45U);
}

}  // namespace
}  // namespace muster::radio
