// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/packet.hpp"

#include <algorithm>
#include <cassert>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::mesh {
namespace {

// First octet: 01 (format), two bits of precedence, retry, has a life, 0, short names.
constexpr std::uint8_t format = 0x40;
constexpr std::uint8_t format_mask = 0xc2;
constexpr std::uint8_t short_names_bit = 0x01;
constexpr unsigned precedence_shift = 4;
constexpr std::uint8_t retry_bit = 0x08;
constexpr std::uint8_t remaining_bit = 0x04;

}  // namespace

std::string_view to_string(PacketError error) {
  switch (error) {
    case PacketError::too_long:
      return "the packet is longer than 32,768 octets";
    case PacketError::too_short:
      return "the packet ends within its header";
    case PacketError::unknown_format:
      return "the packet has a format this version does not know";
    case PacketError::unknown_name:
      return "the packet names a node that is not in the roster";
  }
  return "the packet is wrong";
}

Bytes encode(const Packet& packet, const ShortNames* names) {
  assert(packet.payload.size() <= Packet::payload_bytes_max);
  ByteWriter writer;
  const auto precedence = static_cast<unsigned>(packet.precedence) << precedence_shift;
  writer.u8(static_cast<std::uint8_t>(format | precedence | (packet.retry ? retry_bit : 0) |
                                      (packet.remaining ? remaining_bit : 0) |
                                      (names != nullptr ? short_names_bit : 0)));
  writer.u8(packet.hop_limit);
  if (packet.remaining) {
    const auto life =
        std::clamp(*packet.remaining, std::chrono::milliseconds{0}, Packet::remaining_max);
    writer.u16(static_cast<std::uint16_t>(life.count()));
  }
  if (names != nullptr) {
    names->write(writer, packet.source);
    names->write(writer, packet.destination);
  } else {
    writer.raw(packet.source.view()).raw(packet.destination.view());
  }
  writer.raw(packet.payload);
  return writer.take();
}

Result<Packet, PacketError> decode_packet(BytesView bytes, const ShortNames* names) {
  if (bytes.size() > Packet::bytes_max) return tl::make_unexpected(PacketError::too_long);
  ByteReader reader{bytes};
  const std::uint8_t first = reader.u8();
  Packet packet;
  packet.hop_limit = reader.u8();
  if (reader.failed()) return tl::make_unexpected(PacketError::too_short);
  if ((first & format_mask) != format) return tl::make_unexpected(PacketError::unknown_format);
  packet.precedence = static_cast<Precedence>(first >> precedence_shift & 3);
  packet.retry = (first & retry_bit) != 0;
  if ((first & remaining_bit) != 0) packet.remaining = std::chrono::milliseconds{reader.u16()};
  if ((first & short_names_bit) == 0) {
    packet.source = reader.id<NodeId>();
    packet.destination = reader.id<NodeId>();
  } else {
    if (names == nullptr) return tl::make_unexpected(PacketError::unknown_format);
    const auto source = names->read(reader);
    const auto destination = names->read(reader);
    if (!reader.failed() && (!source || !destination))
      return tl::make_unexpected(PacketError::unknown_name);
    packet.source = source.value_or(NodeId{});
    packet.destination = destination.value_or(NodeId{});
  }
  if (reader.failed()) return tl::make_unexpected(PacketError::too_short);
  packet.payload = to_bytes(reader.remainder());
  return packet;
}

}  // namespace muster::mesh
