// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/on_demand_frame.hpp"

#include <algorithm>
#include <cassert>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::mesh {
namespace {

// First octet of a packet: 0, more flags, two bits of precedence, and these.
constexpr std::uint8_t control_bit = 0x80;
constexpr std::uint8_t more_bit = 0x40;
constexpr unsigned precedence_shift = 4;
constexpr std::uint8_t from_source_bit = 0x08;
constexpr std::uint8_t to_destination_bit = 0x04;
constexpr std::uint8_t acknowledges_bit = 0x02;
constexpr std::uint8_t brief_bit = 0x01;
// Second octet, if there are more flags.
constexpr std::uint8_t upper_bit = 0x01;
constexpr std::uint8_t part_bit = 0x02;

enum class Control : std::uint8_t {
  acknowledgement = control_bit,
  request,
  reply,
  no_way,
  announcement
};

ByteWriter begin(Control kind) {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(kind));
  return writer;
}

/// Reads names, and remembers whether all were known.
class Names {
 public:
  Names(ByteReader& reader, const ShortNames& names) : reader_(reader), names_(names) {}
  NodeId next() {
    const auto node = names_.read(reader_);
    known_ = known_ && node.has_value();
    return node.value_or(NodeId{});
  }
  [[nodiscard]] bool known() const { return known_; }

 private:
  ByteReader& reader_;
  const ShortNames& names_;
  bool known_ = true;
};

Bytes encode_packet(const CarriedPacket& packet, const NodeId& sender, const ShortNames& names) {
  assert(packet.last_part < CarriedPacket::parts_max && packet.part <= packet.last_part);
  const bool from_source = packet.source == sender;
  const bool to_destination = packet.destination == packet.to;
  const bool in_parts = packet.last_part > 0;
  const bool more = in_parts || packet.upper.has_value();
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(
      (more ? more_bit : 0) | static_cast<unsigned>(packet.precedence) << precedence_shift |
      (from_source ? from_source_bit : 0) | (to_destination ? to_destination_bit : 0) |
      (packet.acknowledges ? acknowledges_bit : 0) | (packet.brief ? brief_bit : 0)));
  if (more) {
    writer.u8(
        static_cast<std::uint8_t>((packet.upper ? upper_bit : 0) | (in_parts ? part_bit : 0)));
  }
  names.write(writer, packet.to);
  if (!from_source) names.write(writer, packet.source);
  if (!to_destination) names.write(writer, packet.destination);
  writer.u8(packet.cost);
  if (!to_destination) writer.u8(packet.to_go);
  writer.u8(packet.number.boot).u16(packet.number.number);
  if (packet.upper) writer.raw(*packet.upper);
  if (in_parts) writer.u8(static_cast<std::uint8_t>(packet.part << 4 | packet.last_part));
  if (packet.acknowledges) writer.u16(*packet.acknowledges);
  return writer.raw(packet.payload).take();
}

/// Nothing if it is malformed.
std::optional<CarriedPacket> read_packet(ByteReader& reader, std::uint8_t first,
                                         const NodeId& sender, Names& names) {
  CarriedPacket packet;
  packet.precedence = static_cast<Precedence>(first >> precedence_shift & 3);
  packet.brief = (first & brief_bit) != 0;
  const std::uint8_t more = (first & more_bit) != 0 ? reader.u8() : std::uint8_t{0};
  if ((more & ~(upper_bit | part_bit)) != 0) return std::nullopt;
  packet.to = names.next();
  packet.source = (first & from_source_bit) != 0 ? sender : names.next();
  packet.destination = (first & to_destination_bit) != 0 ? packet.to : names.next();
  packet.cost = reader.u8();
  if ((first & to_destination_bit) == 0) packet.to_go = reader.u8();
  packet.number.boot = reader.u8();
  packet.number.number = reader.u16();
  if ((more & upper_bit) != 0) {
    const BytesView octets = reader.raw(5);
    packet.upper.emplace();
    std::copy(octets.begin(), octets.end(), packet.upper->begin());
  }
  if ((more & part_bit) != 0) {
    const std::uint8_t parts = reader.u8();
    packet.part = parts >> 4;
    packet.last_part = parts & 0x0f;
    if (packet.last_part == 0 || packet.part > packet.last_part) return std::nullopt;
  }
  if ((first & acknowledges_bit) != 0) packet.acknowledges = reader.u16();
  packet.payload = reader.remainder();
  if (packet.payload.empty()) return std::nullopt;
  return packet;
}

std::optional<OnDemandFrame> read_acknowledgement(ByteReader& reader, Names& names) {
  HopAcknowledgement said{names.next(), {}};
  const std::size_t count = reader.left() / 2;
  if (count == 0 || count > HopAcknowledgement::tags_max) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) said.tags.push_back(reader.u16());
  return said;
}

std::optional<OnDemandFrame> read_control(ByteReader& reader, Control kind, Names& names) {
  switch (kind) {
    case Control::acknowledgement:
      return read_acknowledgement(reader, names);
    case Control::request: {
      WayRequest said;
      said.target = names.next();
      said.origin = names.next();
      said.id = reader.u16();
      said.cost = reader.u8();
      said.hops_left = reader.u8();
      return said;
    }
    case Control::reply: {
      WayReply said;
      said.to = names.next();
      said.origin = names.next();
      said.target = names.next();
      said.id = reader.u16();
      said.cost = reader.u8();
      return said;
    }
    case Control::no_way: {
      NoWay said;
      said.to = names.next();
      said.destination = names.next();
      return said;
    }
    case Control::announcement: {
      Announcement said;
      said.boot = reader.u32();
      said.next_frame = reader.u32();
      const BytesView signature = reader.raw(Announcement::signature_bytes);
      std::copy(signature.begin(), signature.end(), said.signature.begin());
      return said;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(OnDemandFrameError error) {
  switch (error) {
    case OnDemandFrameError::malformed:
      return "the frame makes no sense";
    case OnDemandFrameError::unknown_name:
      return "the frame names a node that is not in the roster";
  }
  return "the frame is wrong";
}

Bytes Announcement::signed_octets(const NodeId& sender, std::uint32_t boot,
                                  std::uint32_t next_frame) {
  ByteWriter text;
  text.raw(as_bytes("muster announcement 1\n")).raw(sender.view());
  return text.u32(boot).u32(next_frame).take();
}

Bytes encode(const OnDemandFrame& frame, const NodeId& sender, const ShortNames& names) {
  if (const auto* packet = std::get_if<CarriedPacket>(&frame)) {
    return encode_packet(*packet, sender, names);
  }
  if (const auto* said = std::get_if<HopAcknowledgement>(&frame)) {
    assert(!said->tags.empty() && said->tags.size() <= HopAcknowledgement::tags_max);
    auto writer = begin(Control::acknowledgement);
    names.write(writer, said->to);
    for (const HopTag tag : said->tags) writer.u16(tag);
    return writer.take();
  }
  if (const auto* said = std::get_if<WayRequest>(&frame)) {
    auto writer = begin(Control::request);
    names.write(writer, said->target);
    names.write(writer, said->origin);
    return writer.u16(said->id).u8(said->cost).u8(said->hops_left).take();
  }
  if (const auto* said = std::get_if<WayReply>(&frame)) {
    auto writer = begin(Control::reply);
    names.write(writer, said->to);
    names.write(writer, said->origin);
    names.write(writer, said->target);
    return writer.u16(said->id).u8(said->cost).take();
  }
  if (const auto* said = std::get_if<NoWay>(&frame)) {
    auto writer = begin(Control::no_way);
    names.write(writer, said->to);
    names.write(writer, said->destination);
    return writer.take();
  }
  const auto& said = std::get<Announcement>(frame);
  return begin(Control::announcement)
      .u32(said.boot)
      .u32(said.next_frame)
      .raw(said.signature)
      .take();
}

Result<OnDemandFrame, OnDemandFrameError> decode_on_demand_frame(BytesView bytes,
                                                                 const NodeId& sender,
                                                                 const ShortNames& names) {
  ByteReader reader{bytes};
  const std::uint8_t first = reader.u8();
  Names read{reader, names};
  std::optional<OnDemandFrame> frame;
  if ((first & control_bit) != 0) {
    frame = read_control(reader, static_cast<Control>(first), read);
  } else {
    frame = read_packet(reader, first, sender, read);
  }
  if (!frame || !reader.finished()) return tl::make_unexpected(OnDemandFrameError::malformed);
  if (!read.known()) return tl::make_unexpected(OnDemandFrameError::unknown_name);
  return std::move(*frame);
}

}  // namespace muster::mesh
