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
constexpr std::uint8_t flag_is_newest = 1;
constexpr std::uint8_t flag_wants = 2;

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
  }
  return "the route message is wrong";
}

Bytes encode(const RouteMessage& message) {
  assert(message.updates.size() <= RouteMessage::entries_max);
  assert(message.requests.size() <= RouteMessage::entries_max);
  ByteWriter writer;
  writer.u8(format);
  writer.u8(static_cast<std::uint8_t>((message.is_newest ? flag_is_newest : 0) |
                                      (message.wants_after ? flag_wants : 0)));
  writer.u32(message.boot).u32(message.after).u32(message.upto);
  if (message.wants_after) writer.u32(*message.wants_after);
  writer.u8(static_cast<std::uint8_t>(message.updates.size()));
  writer.u8(static_cast<std::uint8_t>(message.requests.size()));
  for (const auto& [destination, distance] : message.updates) {
    writer.raw(destination.view());
    write_version(writer, distance.version);
    writer.u16(distance.metric);
  }
  for (const auto& [destination, version, hop_limit] : message.requests) {
    writer.raw(destination.view());
    write_version(writer, version);
    writer.u8(hop_limit);
  }
  return writer.take();
}

Result<RouteMessage, RouteMessageError> decode_route_message(BytesView bytes,
                                                             std::size_t bytes_max) {
  if (bytes.size() > bytes_max) return tl::make_unexpected(RouteMessageError::too_long);
  ByteReader reader{bytes};
  RouteMessage message;
  const std::uint8_t heard_format = reader.u8();
  const std::uint8_t flags = reader.u8();
  if (heard_format != format || (flags & ~(flag_is_newest | flag_wants)) != 0) {
    return tl::make_unexpected(RouteMessageError::unknown_format);
  }
  message.is_newest = (flags & flag_is_newest) != 0;
  message.boot = reader.u32();
  message.after = reader.u32();
  message.upto = reader.u32();
  if ((flags & flag_wants) != 0) message.wants_after = reader.u32();
  const std::size_t updates = reader.u8();
  const std::size_t requests = reader.u8();
  if (reader.failed()) return tl::make_unexpected(RouteMessageError::wrong_length);
  if (message.after > message.upto) return tl::make_unexpected(RouteMessageError::bad_entry);
  for (std::size_t i = 0; i < updates && !reader.failed(); ++i) {
    const auto destination = reader.id<NodeId>();
    const auto version = read_version(reader);
    if (!version && !reader.failed()) return tl::make_unexpected(RouteMessageError::bad_entry);
    message.updates.push_back({destination, {version.value_or(RouteVersion{}), reader.u16()}});
  }
  for (std::size_t i = 0; i < requests && !reader.failed(); ++i) {
    const auto destination = reader.id<NodeId>();
    const auto version = read_version(reader);
    if (!version && !reader.failed()) return tl::make_unexpected(RouteMessageError::bad_entry);
    const std::uint8_t hop_limit = reader.u8();
    if (hop_limit == 0 && !reader.failed()) {
      return tl::make_unexpected(RouteMessageError::bad_entry);
    }
    message.requests.push_back({destination, version.value_or(RouteVersion{}), hop_limit});
  }
  if (!reader.finished()) return tl::make_unexpected(RouteMessageError::wrong_length);
  return message;
}

}  // namespace muster::mesh
