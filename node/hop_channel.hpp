// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace muster::node {

/// What a packet of one hop holds: its first octet (docs/protocol/hop.md).
enum class HopChannel : std::uint8_t {
  route = 1,       ///< a message of mesh::Router
  directory = 2,   ///< a message of overlay::Directory
  packet = 3,      ///< a mesh::Packet on its way
  sender_key = 4,  ///< about broadcasts: a key offered, or "I hear you"
  look_up = 5,     ///< a question to a neighbour as to any node, or its answer
  copies = 6,      ///< likewise, about who holds what
  hello = 7,       ///< broadcast: whose broadcasts the sender hears
};

[[nodiscard]] inline Bytes with_channel(HopChannel channel, BytesView content) {
  Bytes packet;
  packet.reserve(content.size() + 1);
  packet.push_back(static_cast<std::uint8_t>(channel));
  append(packet, content);
  return packet;
}

}  // namespace muster::node
