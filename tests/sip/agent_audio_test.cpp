// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_media.hpp"
#include "sip/g711.hpp"
#include "sip/rtp_packet.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;

const IpEndpoint there = *IpEndpoint::parse("10.0.0.2:4000");
const IpAddress here = *IpAddress::parse("10.0.0.9");
constexpr TimePoint start{100s};

std::vector<std::int16_t> constant(std::int16_t value, std::size_t size = audio_frame_samples) {
  return std::vector<std::int16_t>(size, value);
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
  AgentPlayout playout({});
  playout.receive(1, 1000, constant(5));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(playout.take()[0], 0) << i;
  EXPECT_EQ(playout.take()[0], 5);
}

TEST(AgentPlayout, PutsPacketsInOrderAndDropsCopies) {
  AgentPlayout playout({});
  playout.receive(1, 0, constant(1));
  playout.receive(1, 320, constant(3));
  playout.receive(1, 160, constant(2));
  playout.receive(1, 160, constant(9));
  for (int i = 0; i < 3; ++i) (void)playout.take();
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(playout.take()[80], i);
  EXPECT_EQ(playout.counters().repeated, 1u);
}

TEST(AgentPlayout, IsSilentWhereAPacketIsMissing) {
  AgentPlayout playout({});
  playout.receive(1, 0, constant(1));
  playout.receive(1, 320, constant(3));
  for (int i = 0; i < 4; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 0);
  EXPECT_EQ(playout.take()[0], 3);
}

TEST(AgentPlayout, WorksAcrossTheWrapOfTimestamps) {
  AgentPlayout playout({});
  playout.receive(1, 0xffffffff - 159, constant(1));
  playout.receive(1, 0, constant(2));
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 1);
  EXPECT_EQ(playout.take()[0], 2);
}

TEST(AgentPlayout, FollowsASenderThatStaysLate) {
  AgentPlayout playout({});
  playout.receive(1, 0, constant(1));
  for (int i = 0; i < 20; ++i) (void)playout.take();
  std::uint32_t timestamp = 160;
  bool heard = false;
  for (int i = 0; i < 60; ++i, timestamp += 160) {
    playout.receive(1, timestamp, constant(7));
    heard |= playout.take()[0] == 7;
  }
  EXPECT_TRUE(heard);
  EXPECT_EQ(playout.counters().restarted, 1u);
}

TEST(AgentPlayout, FollowsANewSourceAndAJump) {
  AgentPlayout playout({});
  playout.receive(1, 0, constant(1));
  playout.receive(2, 77777, constant(2));
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 2);
  playout.receive(2, 177777, constant(3));
  for (int i = 0; i < 3; ++i) (void)playout.take();
  EXPECT_EQ(playout.take()[0], 3);
}

TEST(AgentPlayout, KeepsNoMoreThanItsLimit) {
  AgentPlayout playout({});
  for (std::uint32_t i = 0; i < 1000; ++i) playout.receive(1, i, constant(1, 1));
  EXPECT_EQ(playout.counters().over_limit, 1000u - 256u);
}

TEST(AgentMedia, SendsAPacketEvery20Milliseconds) {
  AgentMedia media(start, {there, G711::pcma, true, true}, here, {1, 65535, 0}, {});
  media.say(constant(1000, 200));
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
  AgentMedia media(start, {there, G711::pcmu, true, true}, here, {1, 0, 0}, {});
  media.advance(start);
  while (media.poll()) {
  }
  media.advance(start + 10s);
  unsigned sent = 0;
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_LE(sent, 2u);
}

TEST(AgentMedia, SaysNothingWhileHeldAndGoesOnAfterwards) {
  AgentMedia media(start, {there, G711::pcmu, false, true}, here, {1, 0, 0}, {});
  media.advance(start);
  unsigned sent = 0;
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_EQ(sent, 0u);
  media.change({there, G711::pcmu, true, true});
  media.advance(start + 20ms);
  while (auto output = media.poll()) sent += std::holds_alternative<AgentMedia::Packet>(*output);
  EXPECT_EQ(sent, 1u);
}

TEST(AgentMedia, HearsNobodyButTheOtherSide) {
  AgentMedia media(start, {there, G711::pcmu, true, true}, here, {1, 0, 0}, {});
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
  AgentMedia media(start, {there, G711::pcmu, true, true}, here, {1, 0, 0}, {});
  RtpPacket packet;
  media.receive({here, 5000}, packet.serialise());
  EXPECT_EQ(media.playout().received, 1u);
}

}  // namespace
}  // namespace muster::sip
