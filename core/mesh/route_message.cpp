// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/route_message.hpp"

#include <cassert>
#include <limits>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::mesh {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::uint8_t flag_wants_table = 1;
constexpr std::uint8_t flag_is_table = 2;

RouteVersion read_version(ByteReader& reader) {
  RouteVersion version;
  version.boot = reader.u32();
  version.seqno = reader.u32();
  return version;
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
      return "the route message holds a request that may not travel any hop";
  }
  return "the route message is wrong";
}

Bytes encode(const RouteMessage& message) {
  assert(message.updates.size() <= RouteMessage::entries_max);
  assert(message.requests.size() <= RouteMessage::entries_max);
  ByteWriter writer;
  writer.u8(format);
  writer.u8(static_cast<std::uint8_t>((message.wants_table ? flag_wants_table : 0) |
                                      (message.is_table ? flag_is_table : 0)));
  writer.u32(message.boot).u32(message.number);
  writer.u8(static_cast<std::uint8_t>(message.updates.size()));
  writer.u8(static_cast<std::uint8_t>(message.requests.size()));
  for (const auto& [destination, distance] : message.updates) {
    writer.raw(destination.view()).u32(distance.version.boot).u32(distance.version.seqno);
    writer.u16(distance.metric);
  }
  for (const auto& [destination, version, hop_limit] : message.requests) {
    writer.raw(destination.view()).u32(version.boot).u32(version.seqno).u8(hop_limit);
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
  if (heard_format != format || (flags & ~(flag_wants_table | flag_is_table)) != 0) {
    return tl::make_unexpected(RouteMessageError::unknown_format);
  }
  message.wants_table = (flags & flag_wants_table) != 0;
  message.is_table = (flags & flag_is_table) != 0;
  message.boot = reader.u32();
  message.number = reader.u32();
  const std::size_t updates = reader.u8();
  const std::size_t requests = reader.u8();
  if (reader.failed() || reader.left() != updates * RouteMessage::update_bytes +
                                              requests * RouteMessage::request_bytes) {
    return tl::make_unexpected(RouteMessageError::wrong_length);
  }
  for (std::size_t i = 0; i < updates; ++i) {
    const auto destination = reader.id<NodeId>();
    const auto version = read_version(reader);
    message.updates.push_back({destination, {version, reader.u16()}});
  }
  for (std::size_t i = 0; i < requests; ++i) {
    const auto destination = reader.id<NodeId>();
    const auto version = read_version(reader);
    message.requests.push_back({destination, version, reader.u8()});
    if (message.requests.back().hop_limit == 0) {
      return tl::make_unexpected(RouteMessageError::bad_entry);
    }
  }
  return message;
}

}  // namespace muster::mesh
