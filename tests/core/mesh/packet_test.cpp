// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/packet.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;

Packet example() {
  Packet packet;
  packet.source.octets.fill(1);
  packet.destination.octets.fill(2);
  packet.hop_limit = 9;
  packet.precedence = Precedence::immediate;
  packet.remaining = 400ms;
  packet.retry = false;
  packet.payload = to_bytes("hello");
  return packet;
}

TEST(Packet, ReadsBackWhatWasWritten) {
  for (const auto precedence : {Precedence::routine, Precedence::priority, Precedence::flash}) {
    for (const bool retry : {true, false}) {
      Packet packet = example();
      packet.precedence = precedence;
      packet.retry = retry;
      EXPECT_EQ(decode_packet(encode(packet)).value(), packet);
      packet.remaining.reset();
      EXPECT_EQ(decode_packet(encode(packet)).value(), packet);
    }
  }
}

TEST(Packet, HasTheHeaderItPromises) {
  EXPECT_EQ(encode(example()).size(), Packet::header_bytes_max + 5);
}

TEST(Packet, NamesNodesOfTheRosterInTwoOctets) {
  ShortNames names;
  Packet packet = example();
  packet.destination.octets.fill(3);
  names.add(packet.source);
  names.add(packet.destination);
  const Bytes bytes = encode(packet, &names);
  EXPECT_EQ(bytes.size(), 4u + 2 * 2u + 5u);
  EXPECT_EQ(decode_packet(bytes, &names).value(), packet);
  EXPECT_EQ(decode_packet(bytes).error(), PacketError::unknown_format);
  const ShortNames none;
  EXPECT_EQ(decode_packet(bytes, &none).error(), PacketError::unknown_name);
}

TEST(Packet, WritesALongerLifeAsTheLongestThereIs) {
  Packet packet = example();
  packet.remaining = 10min;
  EXPECT_EQ(decode_packet(encode(packet)).value().remaining, 65535ms);
  packet.remaining = -5ms;
  EXPECT_EQ(decode_packet(encode(packet)).value().remaining, 0ms);
}

TEST(Packet, IsRefusedWhenCutWithinItsHeader) {
  const Bytes bytes = encode(example());
  for (std::size_t size = 0; size < Packet::header_bytes_max; ++size) {
    EXPECT_EQ(decode_packet(BytesView{bytes}.first(size)).error(), PacketError::too_short) << size;
  }
}

TEST(Packet, IsRefusedWhenTooLongOrOfAnotherFormat) {
  Bytes bytes = encode(example());
  bytes.resize(Packet::bytes_max + 1);
  EXPECT_EQ(decode_packet(bytes).error(), PacketError::too_long);
  bytes = encode(example());
  for (const int first : {0x00, 0x80, 0xc0, 0x41, 0x42}) {
    bytes[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(decode_packet(bytes).error(), PacketError::unknown_format) << first;
  }
}

}  // namespace
}  // namespace muster::mesh
