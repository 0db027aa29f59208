// SPDX-License-Identifier: Apache-2.0
#include "sip/rtp_packet.hpp"

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::sip {
namespace {

// First octet: version (2 bits), padding, extension, number of contributing sources (4 bits).
constexpr std::uint8_t version_mask = 0xc0;
constexpr std::uint8_t version_two = 0x80;
constexpr std::uint8_t padding_bit = 0x20;
constexpr std::uint8_t extension_bit = 0x10;
constexpr std::uint8_t sources_mask = 0x0f;
// Second octet: marker, payload type. RTCP packet types 192..223 show as 64..95 with the marker.
constexpr std::uint8_t marker_bit = 0x80;
constexpr std::uint8_t type_mask = 0x7f;

bool is_rtcp(std::uint8_t second) { return second >= 192 && second <= 223; }

}  // namespace

std::optional<RtpPacket> RtpPacket::parse(BytesView bytes) {
  ByteReader reader(bytes);
  const std::uint8_t first = reader.u8();
  const std::uint8_t second = reader.u8();
  RtpPacket packet;
  packet.marker = second & marker_bit;
  packet.payload_type = second & type_mask;
  packet.sequence = reader.u16();
  packet.timestamp = reader.u32();
  packet.source = reader.u32();
  reader.raw(std::size_t{4} * (first & sources_mask));
  if (first & extension_bit) {
    reader.u16();  // defined by profile
    reader.raw(std::size_t{4} * reader.u16());
  }
  packet.payload = reader.remainder();
  if (reader.failed() || (first & version_mask) != version_two || is_rtcp(second)) {
    return std::nullopt;
  }
  if (first & padding_bit) {
    if (packet.payload.empty()) return std::nullopt;
    const std::size_t padding = packet.payload.back();
    if (padding == 0 || padding > packet.payload.size()) return std::nullopt;
    packet.payload = packet.payload.first(packet.payload.size() - padding);
  }
  return packet;
}

Bytes RtpPacket::serialise() const {
  const int second = (marker ? marker_bit : 0) | (payload_type & type_mask);
  return ByteWriter{}
      .u8(version_two)
      .u8(static_cast<std::uint8_t>(second))
      .u16(sequence)
      .u32(timestamp)
      .u32(source)
      .raw(payload)
      .take();
}

}  // namespace muster::sip
