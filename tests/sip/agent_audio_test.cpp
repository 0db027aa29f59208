// SPDX-License-Identifier: Apache-2.0
#include "core/base/seeded_random.hpp"
#include "sip/agent_media.hpp"
#include "sip/g711_codec.hpp"
#include "sip/rtp_packet.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;

const IpEndpoint there = *IpEndpoint::parse("10.0.0.2:4000");
const IpAddress here = *IpAddress::parse("10.0.0.9");
constexpr TimePoint start{100s};

const AudioFormat pcma{.codec = AudioCodec::pcma, .payload_type = 8};
const AudioFormat pcmu{.codec = AudioCodec::pcmu, .payload_type = 0};

AgentAudio audio_in(const AudioFormat& format, bool sends = true) {
  return {there, format, {pcmu, pcma}, sends, true};
}

/// As PCMU, but that each octet is what is heard. What is concealed is -1, what is repaired is the
/// negative of what comes next.
class PlainListener : public AudioDecoder {
 public:
  std::vector<std::int16_t> decode(BytesView payload) override {
    std::vector<std::int16_t> samples;
    for (const auto octet : payload) samples.insert(samples.end(), 6, octet);
    return samples;
  }
  std::vector<std::int16_t> conceal() override {
    return std::vector<std::int16_t>(audio_frame_samples, -1);
  }
  std::vector<std::int16_t> repair(BytesView next) override {
    return std::vector<std::int16_t>(audio_frame_samples, static_cast<std::int16_t>(-next[0]));
  }
};

AgentPlayout plain_playout() {
  return AgentPlayout({}, [](AudioCodec) { return std::make_unique<PlainListener>(); });
}

void receive(AgentPlayout& playout, std::uint32_t source, std::uint32_t timestamp,
             std::uint8_t value, std::size_t ticks = 160) {
  playout.receive(source, AudioCodec::pcmu, timestamp, Bytes(ticks, value));
}

// ITU-T G.711 tables 1a, 1b, 2a and 2b at their ends and around zero, at 16 bits.
TEST(G711, HasTheValuesOfTheRecommendation) {
  const auto one = [](G711 law, std::uint8_t code) { return g711_decode(law, Bytes{code})[0]; };
  EXPECT_EQ(one(G711::pcmu, 0xff), 0);
  EXPECT_EQ(one(G711::pcmu, 0xfe), 8);
  EXPECT_EQ(one(G711::pcmu, 0x80), 32124);
  EXPECT_EQ(one(G711::pcmu, 0x00), -32124);
  EXPECT_EQ(one(G711::pcma, 0xd5), 8);
  EXPECT_EQ(one(G711::pcma, 0x55), -8);
  EXPECT_EQ(one(G711::pcma, 0xaa), 32256);
  EXPECT_EQ(one(G711::pcma, 0x2a), -32256);
  EXPECT_EQ(g711_silence(G711::pcmu), 0xff);
  EXPECT_EQ(g711_silence(G711::pcma), 0xd5);
}

TEST(G711, GivesEachCodeBack) {
  for (const auto law : {G711::pcmu, G711::pcma}) {
    for (unsigned code = 0; code < 256; ++code) {
      if (law == G711::pcmu && code == 0x7f) continue;  // minus zero
      const auto samples = g711_decode(law, Bytes{static_cast<std::uint8_t>(code)});
      EXPECT_EQ(g711_encode(law, samples)[0], code);
    }
  }
}

TEST(AgentPlayout, PlaysAfterItsDelay) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 1000, 5);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(playout.take()[0], 0) << i;
  EXPECT_EQ(playout.take()[0], 5);
}

TEST(AgentPlayout, PutsPacketsInOrderAndDropsCopies) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  receive(playout, 1, 320, 3);
  receive(playout, 1, 160, 2);
  receive(playout, 1, 160, 9);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(playout.take()[480], i);
  EXPECT_EQ(playout.counters().repeated, 1u);
}

TEST(AgentPlayout, RepairsAMissingPacketFromTheNext) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  receive(playout, 1, 320, 3);
  for (int i = 0; i < 4; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], -3);
  EXPECT_EQ(playout.take()[0], 3);
  EXPECT_EQ(playout.counters().concealed_frames, 1u);
}

TEST(AgentPlayout, ConcealsWhatIsMissingBeforeAnythingFollows) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  receive(playout, 1, 480, 3);
  for (int i = 0; i < 4; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], -1) << "two are missing: the next tells of the second only";
  EXPECT_EQ(playout.take()[0], -3);
  EXPECT_EQ(playout.take()[0], 3);
  EXPECT_EQ(playout.take()[0], -1);
}

TEST(AgentPlayout, TakesPacketsOfOtherLengths) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1, 240);
  receive(playout, 1, 240, 2, 80);
  receive(playout, 1, 320, 3, 400);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[959], 1);
  const auto second = playout.take();
  EXPECT_EQ(second[479], 1);
  EXPECT_EQ(second[480], 2);
  EXPECT_EQ(playout.take()[0], 3);
  EXPECT_EQ(playout.counters().concealed_frames, 0u);
}

TEST(AgentPlayout, PlaysTheRestOfAPacketThatReachesBack) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  receive(playout, 1, 80, 2);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[959], 1);
  const auto second = playout.take();
  EXPECT_EQ(second[0], 2);
  EXPECT_EQ(second[479], 2);
}

TEST(AgentPlayout, CountsWhatCannotBeDecoded) {
  AgentPlayout playout({});
  playout.receive(1, AudioCodec::opus, 0, Bytes{0xff, 0xff, 0xff});
  playout.receive(1, AudioCodec::opus, 960, Bytes{});
  for (int i = 0; i < 10; ++i) (void)playout.take();
  EXPECT_EQ(playout.counters().malformed, 2u);
}

TEST(AgentPlayout, FollowsAChangeOfCodec) {
  AgentPlayout playout({});
  G711Speaker law(G711::pcma);
  playout.receive(1, AudioCodec::opus, 0, make_encoder({AudioCodec::opus, 96})->encode({}));
  for (int i = 0; i < 4; ++i) (void)playout.take();
  playout.receive(1, AudioCodec::pcma, 160, law.encode({}));
  EXPECT_EQ(playout.counters().restarted, 1u);
}

TEST(AgentPlayout, WorksAcrossTheWrapOfTimestamps) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0xffffffff - 159, 1);
  receive(playout, 1, 0, 2);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 1);
  EXPECT_EQ(playout.take()[0], 2);
}

TEST(AgentPlayout, FollowsASenderThatStaysLate) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  for (int i = 0; i < 20; ++i) (void)playout.take();
  std::uint32_t timestamp = 160;
  bool heard = false;
  for (int i = 0; i < 60; ++i, timestamp += 160) {
    receive(playout, 1, timestamp, 7);
    heard |= playout.take()[0] == 7;
  }
  EXPECT_TRUE(heard);
  EXPECT_EQ(playout.counters().restarted, 1u);
}

TEST(AgentPlayout, FollowsANewSourceAndAJump) {
  AgentPlayout playout = plain_playout();
  receive(playout, 1, 0, 1);
  receive(playout, 2, 77777, 2);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 2);
  receive(playout, 2, 177777, 3);
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 3);
}

TEST(AgentPlayout, KeepsNoMoreThanItsLimit) {
  AgentPlayout playout = plain_playout();
  for (std::uint32_t i = 0; i < 1000; ++i) receive(playout, 1, i, 1, 1);
  EXPECT_EQ(playout.counters().over_limit, 1000u - 256u);
}

TEST(AgentMedia, SendsAPacketEvery20Milliseconds) {
  AgentMedia media(start, audio_in(pcma), here, {1, 65535, 0}, {});
  media.say(std::vector<std::int16_t>(1200, 1000));
  std::vector<Bytes> sent;
  bool said = false;
  for (int i = 0; i < 5; ++i) {
    media.advance(start + i * 20ms);
    media.advance(start + i * 20ms + 1ms);  // early for the next
    while (auto output = media.poll()) {
      if (auto* packet = std::get_if<AgentMedia::Packet>(&*output)) sent.push_back(packet->bytes);
      said |= std::holds_alternative<AgentMedia::Said>(*output);
    }
  }
  ASSERT_EQ(sent.size(), 5u);
  const auto first = RtpPacket::parse(sent[0]);
  const auto second = RtpPacket::parse(sent[1]);
  EXPECT_TRUE(first->marker);
  EXPECT_FALSE(second->marker);
  EXPECT_EQ(first->payload_type, 8);
  EXPECT_EQ(second->sequence, 0);
  EXPECT_EQ(second->timestamp - first->timestamp, 160u);
  EXPECT_EQ(second->payload[159], g711_silence(G711::pcma));
  EXPECT_TRUE(said);
}

TEST(AgentMedia, DoesNotMakeUpForALongPause) {
  AgentMedia media(start, audio_in(pcmu), here, {1, 0, 0}, {});
  media.advance(start);
  while (media.poll()) {
  }
  media.advance(start + 10s);
  unsigned sent = 0;
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_LE(sent, 2u);
}

TEST(AgentMedia, SaysNothingWhileHeldAndGoesOnAfterwards) {
  AgentMedia media(start, audio_in(pcmu, false), here, {1, 0, 0}, {});
  media.advance(start);
  unsigned sent = 0;
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_EQ(sent, 0u);
  media.change(audio_in(pcmu));
  media.advance(start + 20ms);
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_EQ(sent, 1u);
}

TEST(AgentMedia, HearsNobodyButTheOtherSide) {
  AgentMedia media(start, audio_in(pcmu), here, {1, 0, 0}, {});
  RtpPacket packet;
  const Bytes payload(160, 0x80);
  packet.payload = payload;
  media.receive(*IpEndpoint::parse("10.0.0.3:4000"), packet.serialise());
  EXPECT_EQ(media.counters().foreign, 1u);
  packet.payload_type = 13;
  media.receive(there, packet.serialise());
  EXPECT_EQ(media.counters().unknown, 1u);
  media.receive(there, Bytes{1, 2, 3});
  EXPECT_EQ(media.counters().malformed, 1u);
  EXPECT_EQ(media.playout().received, 0u);
}

TEST(AgentMedia, HearsAPhoneThatNamesAnotherOfItsAddresses) {
  AgentMedia media(start, audio_in(pcmu), here, {1, 0, 0}, {});
  RtpPacket packet;
  media.receive({here, 5000}, packet.serialise());
  EXPECT_EQ(media.playout().received, 1u);
}

TEST(AgentMedia, SurvivesAnyPackets) {
  SeededRandom chance(5);
  AgentAudio audio = audio_in(pcmu);
  audio.understands.push_back({.codec = AudioCodec::opus, .payload_type = 96});
  AgentMedia media(start, audio, here, {1, 0, 0}, {});
  for (int i = 0; i < 3000; ++i) {
    Bytes payload(chance.below(300));
    for (auto& octet : payload) octet = static_cast<std::uint8_t>(chance.below(256));
    RtpPacket packet;
    packet.payload_type = chance.below(2) == 0 ? 96 : 0;
    packet.timestamp = static_cast<std::uint32_t>(chance.below(4) * 40'000 + chance.below(3000));
    packet.source = static_cast<std::uint32_t>(chance.below(2));
    packet.payload = payload;
    media.receive(there, packet.serialise());
    media.advance(start + i * 5ms);
    while (media.poll()) {
    }
  }
  EXPECT_EQ(media.playout().received, 3000u);
  EXPECT_GT(media.playout().malformed, 0u);
}

}  // namespace
}  // namespace muster::sip
