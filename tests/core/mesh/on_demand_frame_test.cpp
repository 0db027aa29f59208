// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/on_demand_frame.hpp"

#include <gtest/gtest.h>

namespace muster::mesh {
namespace {

NodeId node(std::uint8_t first) {
  NodeId id;
  id.octets.fill(first);
  return id;
}

struct Roster : ShortNames {
  Roster() {
    for (std::uint8_t i = 1; i <= 9; ++i) add(node(i));
  }
};

std::string hex(const OnDemandFrame& frame, const NodeId& sender) {
  return to_hex(encode(frame, sender, Roster{}));
}

TEST(OnDemandFrame, OverOneHopSaysNoNameTwice) {
  CarriedPacket packet;
  packet.to = packet.destination = node(2);
  packet.source = node(1);
  packet.number = {7, 0x1234};
  packet.brief = true;
  const Bytes payload{0xaa, 0xbb};
  packet.payload = payload;
  EXPECT_EQ(hex(packet, node(1)),
            "0d"
            "0202"
            "00"
            "07"
            "1234"
            "aabb");
}

TEST(OnDemandFrame, OnItsWaySaysAllThatIsNotPlain) {
  CarriedPacket packet;
  packet.to = node(3);
  packet.source = node(1);
  packet.destination = node(4);
  packet.number = {7, 0x1234};
  packet.upper = {{1, 2, 3, 4, 5}};
  packet.precedence = Precedence::flash;
  packet.cost = 17;
  packet.to_go = 9;
  packet.part = 1;
  packet.last_part = 2;
  packet.acknowledges = HopTag{0xbeef};
  const Bytes payload{0xaa};
  packet.payload = payload;
  EXPECT_EQ(hex(packet, node(2)),
            "72"
            "03"
            "0303"
            "0101"
            "0404"
            "11"
            "09"
            "07"
            "1234"
            "0102030405"
            "12"
            "beef"
            "aa");
  const Bytes encoded = encode(packet, node(2), Roster{});
  EXPECT_LE(encoded.size(), carried_overhead_bytes_max(ShortNames::short_bytes) + payload.size());
  const auto read = decode_on_demand_frame(encoded, node(2), Roster{});
  ASSERT_TRUE(read);
  const auto& same = std::get<CarriedPacket>(*read);
  EXPECT_EQ(same.source, packet.source);
  EXPECT_EQ(same.destination, packet.destination);
  EXPECT_EQ(same.upper, packet.upper);
  EXPECT_EQ(same.to_go, 9);
  EXPECT_EQ(same.part, 1);
  EXPECT_EQ(same.acknowledges, packet.acknowledges);
  EXPECT_EQ(same.precedence, Precedence::flash);
}

TEST(OnDemandFrame, IsWrittenAsTheProtocolSays) {
  EXPECT_EQ(hex(HopAcknowledgement{node(2), {0x0102, 0xa0b0}}, node(1)),
            "80"
            "0202"
            "0102a0b0");
  EXPECT_EQ(hex(WayRequest{node(2), node(1), 5, 16, 8}, node(3)),
            "81"
            "0202"
            "0101"
            "0005"
            "1008");
  EXPECT_EQ(hex(WayReply{node(3), node(1), node(2), 5, 16}, node(4)),
            "82"
            "0303"
            "0101"
            "0202"
            "0005"
            "10");
  EXPECT_EQ(hex(NoWay{node(3), node(1)}, node(4)),
            "83"
            "0303"
            "0101");
  const std::string announced = hex(Announcement{1, 2, {}}, node(4));
  EXPECT_EQ(announced.substr(0, 18),
            "84"
            "00000001"
            "00000002");
  EXPECT_EQ(announced.size(), 2 * (1 + 8 + Announcement::signature_bytes));
}

TEST(OnDemandFrame, ThatMakesNoSenseIsRefused) {
  for (const char* nonsense : {"",              // nothing
                               "0d0202000712",  // ends in its number
                               "0d02020007"
                               "1234",                // no payload
                               "4d04020200071234aa",  // an unknown flag
                               "4d020202000712340"
                               "0aa",  // part 0 of one
                               "4d02020200071234"
                               "31"
                               "aa",                  // part 3 of two
                               "800202", "80020201",  // no tag, half of one
                               "81020201010005100", "8102020101000510080f", "85", "ff0202"}) {
    const auto bytes = from_hex(nonsense);
    if (!bytes) continue;
    EXPECT_FALSE(decode_on_demand_frame(*bytes, node(1), Roster{})) << nonsense;
  }
}

TEST(OnDemandFrame, OfSomebodyOutsideTheRosterIsRefusedByName) {
  const auto read = decode_on_demand_frame(from_hex("8333330101").value(), node(1), Roster{});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), OnDemandFrameError::unknown_name);
}

}  // namespace
}  // namespace muster::mesh
