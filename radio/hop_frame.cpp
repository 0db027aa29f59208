// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_frame.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::radio {
namespace {

constexpr std::uint8_t version_bits = 0x20;
constexpr std::uint8_t version_mask = 0xf8;  // with the two bits that are to be zero
constexpr std::uint8_t flag_eliciting = 0x01;
constexpr std::uint8_t flag_ack = 0x02;
constexpr std::uint8_t flag_oldest = 0x04;

constexpr std::uint8_t chunk_reliable = 0x01;
constexpr std::uint8_t chunk_fragment = 0x02;
constexpr std::uint8_t chunk_to_end = 0x04;
constexpr std::uint8_t chunk_mask = chunk_reliable | chunk_fragment | chunk_to_end;

std::optional<HopAck> parse_ack(ByteReader& in) {
  HopAck ack;
  ack.tag = in.u16();
  ack.largest = in.u32();
  ack.hold = in.u16() * ack_hold_unit;
  const BytesView bitmap = in.block8();
  if (in.failed() || bitmap.size() > hop_ack_bitmap_bytes_max) return std::nullopt;
  ack.bitmap = to_bytes(bitmap);
  return ack;
}

std::optional<HopChunk> parse_chunk(ByteReader& in, bool has_oldest) {
  HopChunk chunk;
  const std::uint8_t kind = in.u8();
  if (kind & ~chunk_mask) return std::nullopt;
  chunk.reliable = kind & chunk_reliable;
  chunk.fragment = kind & chunk_fragment;
  if (chunk.reliable && !has_oldest) return std::nullopt;
  if (chunk.reliable || chunk.fragment) chunk.number = in.u16();
  if (chunk.reliable && chunk.number >= packet_number_span) return std::nullopt;
  if (chunk.fragment) {
    chunk.total = in.u16();
    chunk.at = in.u16();
  }
  chunk.data = kind & chunk_to_end ? in.remainder() : in.block16();
  if (in.failed() || chunk.data.empty()) return std::nullopt;
  if (chunk.fragment && chunk.at + chunk.data.size() > chunk.total) return std::nullopt;
  return chunk;
}

void write_ack(ByteWriter& out, const HopAck& ack) {
  const auto units = std::clamp<Duration::rep>(ack.hold / ack_hold_unit, 0, 0xffff);
  out.u16(ack.tag).u32(ack.largest).u16(static_cast<std::uint16_t>(units)).block8(ack.bitmap);
}

void write_chunk(ByteWriter& out, const HopChunk& chunk, bool to_end) {
  out.u8(static_cast<std::uint8_t>((chunk.reliable ? chunk_reliable : 0) |
                                   (chunk.fragment ? chunk_fragment : 0) |
                                   (to_end ? chunk_to_end : 0)));
  if (chunk.reliable || chunk.fragment) out.u16(chunk.number);
  if (chunk.fragment) out.u16(chunk.total).u16(chunk.at);
  if (to_end) {
    out.raw(chunk.data);
  } else {
    out.block16(chunk.data);
  }
}

}  // namespace

std::optional<HopFrame> HopFrame::parse(BytesView bytes) {
  ByteReader in(bytes);
  HopFrame frame;
  const std::uint8_t first = in.u8();
  if ((first & version_mask) != version_bits) return std::nullopt;
  frame.eliciting = first & flag_eliciting;
  frame.tag = in.u16();
  frame.number = in.u32();
  frame.back = in.u8();
  if (first & flag_ack) {
    frame.ack = parse_ack(in);
    if (!frame.ack) return std::nullopt;
  }
  if (first & flag_oldest) frame.oldest = in.u32();
  if (in.failed()) return std::nullopt;
  while (in.left() > 0) {
    const auto chunk = parse_chunk(in, frame.oldest.has_value());
    if (!chunk || frame.chunks.size() == hop_chunks_max) return std::nullopt;
    frame.chunks.push_back(*chunk);
  }
  return frame;
}

Bytes HopFrame::encode() const {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(version_bits | (eliciting ? flag_eliciting : 0) |
                                   (ack ? flag_ack : 0) | (oldest ? flag_oldest : 0)));
  out.u16(tag).u32(number).u8(back);
  if (ack) write_ack(out, *ack);
  if (oldest) out.u32(*oldest);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    write_chunk(out, chunks[i], i + 1 == chunks.size());
  }
  return out.take();
}

std::uint64_t unwrap_number(std::uint32_t wire, std::uint64_t expected) {
  const auto ahead = static_cast<std::int32_t>(wire - static_cast<std::uint32_t>(expected));
  if (ahead < 0 && expected < static_cast<std::uint64_t>(-std::int64_t{ahead})) return wire;
  return expected + static_cast<std::uint64_t>(std::int64_t{ahead});
}

}  // namespace muster::radio
