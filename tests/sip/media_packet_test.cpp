// SPDX-License-Identifier: Apache-2.0
#include "sip/media_packet.hpp"

namespace muster::sip {
namespace {

TEST(MediaPacket, IsItsKeyOneOctetAndThePayload) {
  const Bytes payload{0x80, 0x00, 0x01};
  const MediaPacket packet{media_key("one"), Leg::callee, 3, true, payload};
  const Bytes bytes = packet.serialise();
  // echo -n one | sha256sum
  EXPECT_EQ(to_hex(bytes), "7692c3ad3540bb80c3800001");
}

TEST(MediaPacket, ComesBackAsItWas) {
  const Bytes payload{1, 2, 3};
  for (const Leg leg : {Leg::caller, Leg::callee}) {
    for (const bool rtcp : {false, true}) {
      const Bytes bytes = MediaPacket{media_key("two"), leg, 63, rtcp, payload}.serialise();
      const auto packet = MediaPacket::parse(bytes).value();
      EXPECT_EQ(packet.key, media_key("two"));
      EXPECT_EQ(packet.towards, leg);
      EXPECT_EQ(packet.stream, 63);
      EXPECT_EQ(packet.rtcp, rtcp);
      EXPECT_EQ(to_bytes(packet.payload), payload);
    }
  }
}

TEST(MediaPacket, IsNoneWithoutPayload) {
  const Bytes bytes(MediaPacket::header_bytes, 0);
  EXPECT_FALSE(MediaPacket::parse(bytes).has_value());
  EXPECT_FALSE(MediaPacket::parse({}).has_value());
}

}  // namespace
}  // namespace muster::sip
