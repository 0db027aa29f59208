// SPDX-License-Identifier: Apache-2.0
#include "discovery/beacon.hpp"

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::discovery {
namespace {

constexpr std::uint8_t beacon_version = 1;
constexpr std::uint8_t flag_answer_wanted = 0x01;

}  // namespace

std::optional<Beacon> Beacon::parse(BytesView bytes) {
  ByteReader in(bytes);
  Beacon beacon;
  const std::uint8_t version = in.u8();
  const std::uint8_t flags = in.u8();
  beacon.node = in.id<NodeId>();
  beacon.boot = in.u32();
  beacon.answer_wanted = flags & flag_answer_wanted;
  const bool known_form = version == beacon_version && (flags & ~flag_answer_wanted) == 0;
  if (!in.finished() || !known_form) return std::nullopt;
  return beacon;
}

Bytes Beacon::encode() const {
  ByteWriter out;
  out.u8(beacon_version).u8(answer_wanted ? flag_answer_wanted : 0).raw(node.view()).u32(boot);
  return out.take();
}

}  // namespace muster::discovery
