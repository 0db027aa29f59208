// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "radio/hop_link.hpp"
#include "tests/radio/simulated_hop.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;
using testing::number_of;
using testing::numbered_packet;
using testing::SimulatedHop;

constexpr std::size_t voice_bytes = 220;

/// Voice both ways, a packet each 20 ms, over a hop that also carries a file.
class VoiceOverHop {
 public:
  VoiceOverHop(double loss, std::uint64_t seed, Duration playable, double bits_per_second = 6e6)
      : hop_({.loss = loss, .jitter = 2ms, .bits_per_second = bits_per_second}, seed),
        playable_(playable) {
    hop_.tap = [this](std::size_t from, BytesView frame) { check(from, frame); };
    for (std::uint32_t i = 0; i < packets; ++i) {
      for (std::size_t end : {0, 1}) {
        hop_.at(SimulatedHop::start + 1s + i * 20ms + end * 7ms, [this, end, i] {
          deadlines_[end][i] = hop_.now() + playable_;
          hop_.submit(end, numbered_packet(i, voice_bytes), Precedence::immediate,
                      Reliability::reliable, hop_.now() + playable_);
        });
      }
    }
  }

  void run() { hop_.run_for(1s + packets * 20ms + 3s); }
  double share_heard(std::size_t end) {
    return static_cast<double>(hop_[end].delivered.size()) / packets;
  }
  SimulatedHop& hop() { return hop_; }
  std::uint64_t late_transmissions = 0;
  std::uint64_t transmissions = 0;

  static constexpr std::uint32_t packets = 1000;

 private:
  void check(std::size_t from, BytesView frame) {
    const auto parsed = HopFrame::parse(frame);
    if (!parsed) return;
    for (const HopChunk& chunk : parsed->chunks) {
      if (chunk.fragment || chunk.data.size() != voice_bytes) continue;
      ++transmissions;
      if (hop_.now() >= deadlines_[from].at(number_of(chunk.data))) ++late_transmissions;
    }
  }

  SimulatedHop hop_;
  Duration playable_;
  std::array<std::map<std::uint32_t, TimePoint>, 2> deadlines_;
};

TEST(HopLinkVoice, IsNeverSentAfterItsDeadline) {
  for (const double loss : {0.3, 0.6}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(::testing::Message() << "loss " << loss << ", seed " << seed);
      VoiceOverHop voice(loss, seed, 40ms);
      voice.run();
      EXPECT_EQ(voice.late_transmissions, 0U);
      EXPECT_GT(voice.transmissions, 2 * VoiceOverHop::packets);
      EXPECT_GT(voice.hop()[0].dropped.size(), 0U);
      EXPECT_EQ(voice.hop()[0].link.quality().queue_bytes, 0U);
    }
  }
}

TEST(HopLinkVoice, ThatWaitsForALinkTooSlowForItIsNotSentLate) {
  VoiceOverHop voice(0.1, 1, 55ms, 70e3);
  voice.run();
  EXPECT_EQ(voice.late_transmissions, 0U);
  EXPECT_GT(voice.hop()[0].dropped.size(), 100U);
  EXPECT_GT(voice.share_heard(0), 0.3);
}

TEST(HopLinkVoice, ArrivesWithinAHundredMillisecondsAtThirtyPercentLoss) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    VoiceOverHop voice(0.3, seed, 100ms);
    voice.run();
    EXPECT_GT(voice.share_heard(0), 0.985);
    EXPECT_GT(voice.share_heard(1), 0.985);
  }
}

TEST(HopLinkVoice, ArrivesBesideAFileTransfer) {
  VoiceOverHop voice(0.2, 3, 150ms);
  for (std::uint32_t i = 0; i < 400; ++i) {
    voice.hop().at(SimulatedHop::start + 2s + i * 40ms,
                   [&, i] { voice.hop().submit(0, numbered_packet(i, 30000)); });
  }
  voice.run();
  const auto heard =
      std::count_if(voice.hop()[1].delivered.begin(), voice.hop()[1].delivered.end(),
                    [](const Bytes& packet) { return packet.size() == voice_bytes; });
  EXPECT_GT(static_cast<double>(heard) / VoiceOverHop::packets, 0.98);
}

TEST(HopLinkVoice, ThatIsAlreadyTooLateIsDroppedAtOnce) {
  SimulatedHop hop({}, 1);
  hop.submit(0, numbered_packet(1, 100), Precedence::immediate, Reliability::reliable, hop.now());
  ASSERT_EQ(hop[0].dropped.size(), 1U);
  EXPECT_EQ(hop[0].dropped[0].reason, DropReason::expired);
  EXPECT_EQ(hop[0].dropped[0].precedence, Precedence::immediate);
}

}  // namespace
}  // namespace muster::radio
