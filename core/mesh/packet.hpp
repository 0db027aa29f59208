// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/precedence.hpp"
#include "core/base/result.hpp"
#include "core/mesh/short_names.hpp"

namespace muster::mesh {

/// What travels from node to node over any number of hops; byte by byte in docs/protocol/packet.md.
struct Packet {
  static constexpr std::size_t header_bytes_max = 36;
  static constexpr std::size_t bytes_max = 32768;  ///< header and payload
  static constexpr std::size_t payload_bytes_max = bytes_max - header_bytes_max;

  NodeId source;
  NodeId destination;
  std::uint8_t hop_limit = 32;
  Precedence precedence = Precedence::routine;
  /// Life left. On the wire whole milliseconds up to 65,535; a longer life is written as that.
  static constexpr std::chrono::milliseconds remaining_max{65535};  ///< more cannot be told
  std::optional<std::chrono::milliseconds> remaining;
  bool retry = true;  ///< each hop repeats it until acknowledged or expired
  Bytes payload;
  friend bool operator==(const Packet&, const Packet&) = default;
};

enum class PacketError : std::uint8_t { too_long, too_short, unknown_format, unknown_name };
[[nodiscard]] std::string_view to_string(PacketError error);

/// With `names` source and destination are said by them.
[[nodiscard]] Bytes encode(const Packet& packet, const ShortNames* names = nullptr);
/// Either form; the short one only with `names`.
[[nodiscard]] Result<Packet, PacketError> decode_packet(BytesView bytes,
                                                        const ShortNames* names = nullptr);

}  // namespace muster::mesh
