// SPDX-License-Identifier: Apache-2.0
#include "sip/rtp_packet.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::sip {
namespace {

std::optional<std::string> payload_of(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  const auto packet = RtpPacket::parse(bytes);
  return packet ? std::optional{to_hex(packet->payload)} : std::nullopt;
}

TEST(RtpPacket, IsWrittenAsTheRfcDrawsIt) {
  const Bytes payload{0xaa, 0xbb};
  EXPECT_EQ(to_hex(RtpPacket{true, 8, 0x0102, 0x03040506, 0x0708090a, payload}.serialise()),
            "8088"
            "0102"
            "03040506"
            "0708090a"
            "aabb");
}

TEST(RtpPacket, ComesBackAsItWas) {
  const Bytes payload{1, 2, 3};
  const Bytes bytes = RtpPacket{false, 101, 65535, 160, 7, payload}.serialise();
  const auto packet = RtpPacket::parse(bytes).value();
  EXPECT_FALSE(packet.marker);
  EXPECT_EQ(packet.payload_type, 101);
  EXPECT_EQ(packet.sequence, 65535);
  EXPECT_EQ(packet.timestamp, 160u);
  EXPECT_EQ(packet.source, 7u);
  EXPECT_EQ(to_bytes(packet.payload), payload);
}

TEST(RtpPacket, SkipsSourcesExtensionAndPadding) {
  EXPECT_EQ(payload_of("8100000000000000000000000000000bcc"), "cc");
  EXPECT_EQ(payload_of("900000000000000000000000bede0001"
                       "11111111cc"),
            "cc");
  EXPECT_EQ(payload_of("a00000000000000000000000cc000003"), "cc");
}

TEST(RtpPacket, RefusesWhatIsNoRtp) {
  EXPECT_FALSE(payload_of("").has_value());
  EXPECT_FALSE(payload_of("8000000000000000000000").has_value());            // cut short
  EXPECT_FALSE(payload_of("400000000000000000000000cc").has_value());        // version 1
  EXPECT_FALSE(payload_of("80c8000600000000000000000000").has_value());      // RTCP
  EXPECT_FALSE(payload_of("820000000000000000000000cc").has_value());        // no such sources
  EXPECT_FALSE(payload_of("900000000000000000000000bede0001").has_value());  // no such extension
  EXPECT_FALSE(payload_of("a00000000000000000000000cc000009").has_value());  // padding too long
  EXPECT_FALSE(payload_of("a00000000000000000000000cc000000").has_value());  // padding of none
}

}  // namespace
}  // namespace muster::sip
