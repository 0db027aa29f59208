// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/route_message.hpp"

#include <cassert>
#include <limits>
#include <optional>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::mesh {
namespace {

constexpr std::uint8_t format = 2;
constexpr std::uint8_t compact_format = 3;
constexpr std::uint8_t flag_is_newest = 1;
constexpr std::uint8_t flag_wants = 2;
constexpr std::uint8_t flag_names = 4;

/// Seven bits an octet, the lowest first; the top bit says that more follow.
void write_short(ByteWriter& writer, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) writer.u8(static_cast<std::uint8_t>(value | 0x80));
  writer.u8(static_cast<std::uint8_t>(value));
}

/// Nothing if it is longer than it need be or than 32 bits are: a number has one form only.
std::optional<std::uint32_t> read_short(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const std::uint8_t octet = reader.u8();
    value |= std::uint64_t{octet & 0x7fU} << shift;
    if ((octet & 0x80) != 0) continue;
    const bool padded = octet == 0 && shift > 0;
    if (reader.failed() || padded || value > std::numeric_limits<std::uint32_t>::max()) break;
    return static_cast<std::uint32_t>(value);
  }
  return std::nullopt;
}

void write_version(ByteWriter& writer, const RouteVersion& version) {
  write_short(writer, version.boot);
  write_short(writer, version.seqno);
}

std::optional<RouteVersion> read_version(ByteReader& reader) {
  const auto boot = read_short(reader);
  const auto seqno = boot ? read_short(reader) : std::nullopt;
  if (!seqno) return std::nullopt;
  return RouteVersion{*boot, *seqno};
}

}  // namespace

RouteVersion RouteVersion::next() const {
  constexpr auto top = std::numeric_limits<std::uint32_t>::max();
  if (seqno < top) return {boot, seqno + 1};
  return boot < top ? RouteVersion{boot + 1, 0} : *this;
}

std::string_view to_string(RouteMessageError error) {
  switch (error) {
    case RouteMessageError::too_long:
      return "the route message is longer than the limit";
    case RouteMessageError::unknown_format:
      return "the route message has a format or flag this version does not know";
    case RouteMessageError::wrong_length:
      return "the route message is not as long as its counts say";
    case RouteMessageError::bad_entry:
      return "the route message holds a number or an entry that makes no sense";
    case RouteMessageError::other_names:
      return "the route message uses short names of another roster";
  }
  return "the route message is wrong";
}

namespace {

void write_name(ByteWriter& writer, const NodeId& node, const ShortNames* names) {
  if (names != nullptr) {
    names->write(writer, node);
  } else {
    writer.raw(node.view());
  }
}

std::optional<NodeId> read_name(ByteReader& reader, const ShortNames* names) {
  return names != nullptr ? names->read(reader) : reader.id<NodeId>();
}

std::size_t short_bytes(std::uint32_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

std::size_t entry_bytes(const NodeId& node, const RouteVersion& version, const ShortNames* names) {
  return (names != nullptr ? names->bytes_of(node) : NodeId::size) + short_bytes(version.boot) +
         short_bytes(version.seqno);
}

/// Revisions: in the compact form as long as need be, and the first as its distance to the second.
void write_revisions(ByteWriter& writer, const RouteMessage& message, bool compact) {
  if (!compact) {
    writer.u32(message.boot).u32(message.after).u32(message.upto);
    if (message.wants_after) writer.u32(*message.wants_after);
    return;
  }
  write_short(writer, message.boot);
  write_short(writer, message.upto);
  write_short(writer, message.upto - message.after);
  if (message.wants_after) write_short(writer, *message.wants_after);
}

bool read_revisions(ByteReader& reader, RouteMessage& message, bool wants, bool compact) {
  if (!compact) {
    message.boot = reader.u32();
    message.after = reader.u32();
    message.upto = reader.u32();
    if (wants) message.wants_after = reader.u32();
    return message.after <= message.upto;
  }
  const auto boot = read_short(reader);
  const auto upto = boot ? read_short(reader) : std::nullopt;
  const auto behind = upto ? read_short(reader) : std::nullopt;
  if (!behind || *behind > *upto) return false;
  message.boot = *boot;
  message.upto = *upto;
  message.after = *upto - *behind;
  if (wants) message.wants_after = read_short(reader);
  return !wants || message.wants_after.has_value();
}

}  // namespace

std::size_t update_bytes(const RouteUpdate& update, const ShortNames* names) {
  return entry_bytes(update.destination, update.distance.version, names) + 2;
}

std::size_t request_bytes(const SeqnoRequest& request, const ShortNames* names) {
  return entry_bytes(request.destination, request.version, names) + 1;
}

Bytes encode(const RouteMessage& message, const ShortNames* names) {
  assert(message.updates.size() <= RouteMessage::entries_max);
  assert(message.requests.size() <= RouteMessage::entries_max);
  ByteWriter writer;
  writer.u8(names != nullptr ? compact_format : format);
  writer.u8(static_cast<std::uint8_t>((message.is_newest ? flag_is_newest : 0) |
                                      (message.wants_after ? flag_wants : 0) |
                                      (message.names != 0 ? flag_names : 0)));
  write_revisions(writer, message, names != nullptr);
  if (message.names != 0) writer.u32(message.names);
  writer.u8(static_cast<std::uint8_t>(message.updates.size()));
  writer.u8(static_cast<std::uint8_t>(message.requests.size()));
  for (const auto& [destination, distance] : message.updates) {
    write_name(writer, destination, names);
    write_version(writer, distance.version);
    writer.u16(distance.metric);
  }
  for (const auto& [destination, version, hop_limit] : message.requests) {
    write_name(writer, destination, names);
    write_version(writer, version);
    writer.u8(hop_limit);
  }
  return writer.take();
}

Result<RouteMessage, RouteMessageError> decode_route_message(BytesView bytes, std::size_t bytes_max,
                                                             const ShortNames* names) {
  if (bytes.size() > bytes_max) return tl::make_unexpected(RouteMessageError::too_long);
  ByteReader reader{bytes};
  RouteMessage message;
  const std::uint8_t heard_format = reader.u8();
  const std::uint8_t flags = reader.u8();
  const bool compact = heard_format == compact_format && names != nullptr;
  if ((heard_format != format && !compact) ||
      (flags & ~(flag_is_newest | flag_wants | flag_names)) != 0) {
    return tl::make_unexpected(RouteMessageError::unknown_format);
  }
  if (!compact) names = nullptr;
  message.is_newest = (flags & flag_is_newest) != 0;
  const bool in_order = read_revisions(reader, message, (flags & flag_wants) != 0, compact);
  if (!in_order && !reader.failed()) return tl::make_unexpected(RouteMessageError::bad_entry);
  if ((flags & flag_names) != 0) {
    message.names = reader.u32();
    if (message.names == 0 && !reader.failed())
      return tl::make_unexpected(RouteMessageError::bad_entry);
    if (compact && message.names != names->digest() && !reader.failed())
      return tl::make_unexpected(RouteMessageError::other_names);
  }
  const std::size_t updates = reader.u8();
  const std::size_t requests = reader.u8();
  if (reader.failed()) return tl::make_unexpected(RouteMessageError::wrong_length);
  for (std::size_t i = 0; i < updates && !reader.failed(); ++i) {
    const auto destination = read_name(reader, names);
    const auto version = read_version(reader);
    if (!version && !reader.failed()) return tl::make_unexpected(RouteMessageError::bad_entry);
    const RouteDistance distance{version.value_or(RouteVersion{}), reader.u16()};
    if (destination) message.updates.push_back({*destination, distance});
  }
  for (std::size_t i = 0; i < requests && !reader.failed(); ++i) {
    const auto destination = read_name(reader, names);
    const auto version = read_version(reader);
    if (!version && !reader.failed()) return tl::make_unexpected(RouteMessageError::bad_entry);
    const std::uint8_t hop_limit = reader.u8();
    if (hop_limit == 0 && !reader.failed()) {
      return tl::make_unexpected(RouteMessageError::bad_entry);
    }
    if (destination) {
      message.requests.push_back({*destination, version.value_or(RouteVersion{}), hop_limit});
    }
  }
  if (!reader.finished()) return tl::make_unexpected(RouteMessageError::wrong_length);
  return message;
}

}  // namespace muster::mesh
