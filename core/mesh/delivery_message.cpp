// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/delivery_message.hpp"

#include <cassert>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::mesh {
namespace {

// First octet: kind in the upper six bits, precedence in the lower two.
constexpr std::uint8_t kind_data = 0x10;
constexpr std::uint8_t kind_ack = 0x14;

std::uint8_t first_octet(std::uint8_t kind, Precedence precedence) {
  return static_cast<std::uint8_t>(kind | static_cast<std::uint8_t>(precedence));
}

}  // namespace

Bytes encode(const DeliveryData& data) {
  assert(data.number - data.floor <= 0xffff);
  ByteWriter writer;
  writer.u8(first_octet(kind_data, data.precedence)).u32(data.boot).u32(data.number);
  writer.u16(static_cast<std::uint16_t>(data.number - data.floor)).u8(data.attempt);
  writer.raw(data.message);
  return writer.take();
}

Bytes encode(const DeliveryAck& ack) {
  ByteWriter writer;
  writer.u8(first_octet(kind_ack, ack.precedence)).u32(ack.boot).u32(ack.number).u8(ack.attempt);
  writer.u32(ack.below).u64(ack.map);
  return writer.take();
}

std::optional<std::variant<DeliveryData, DeliveryAck>> decode_delivery(BytesView bytes) {
  ByteReader reader{bytes};
  const std::uint8_t first = reader.u8();
  const auto precedence = static_cast<Precedence>(first & 3);
  if ((first & ~3) == kind_data) {
    DeliveryData data;
    data.precedence = precedence;
    data.boot = reader.u32();
    data.number = reader.u32();
    const std::uint16_t behind = reader.u16();
    data.attempt = reader.u8();
    if (reader.failed() || behind > data.number) return std::nullopt;
    data.floor = data.number - behind;
    data.message = reader.remainder();
    return data;
  }
  if ((first & ~3) != kind_ack) return std::nullopt;
  DeliveryAck ack;
  ack.precedence = precedence;
  ack.boot = reader.u32();
  ack.number = reader.u32();
  ack.attempt = reader.u8();
  ack.below = reader.u32();
  ack.map = reader.u64();
  if (!reader.finished()) return std::nullopt;
  return ack;
}

}  // namespace muster::mesh
