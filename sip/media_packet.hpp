// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster::sip {

/// Names one call's media between nodes: the first 8 octets of SHA-256 of the Call-ID.
using MediaKey = Id<struct MediaKeyTag, 8>;
[[nodiscard]] MediaKey media_key(std::string_view call_id);

/// The two sides of a call, by who sent its first INVITE.
enum class Leg : std::uint8_t { caller, callee };
[[nodiscard]] constexpr Leg other(Leg leg) {
  return leg == Leg::caller ? Leg::callee : Leg::caller;
}

/// One RTP or RTCP packet on its way between two nodes (docs/protocol/media.md).
struct MediaPacket {
  static constexpr std::size_t header_bytes = MediaKey::size + 1;
  static constexpr std::uint8_t streams_max = 64;

  MediaKey key;
  Leg towards = Leg::caller;  ///< whose phone it is for
  std::uint8_t stream = 0;    ///< number of the m= line, from 0
  bool rtcp = false;          ///< it came to the port for RTCP
  BytesView payload;          ///< lives as long as what it was read from

  [[nodiscard]] static std::optional<MediaPacket> parse(BytesView bytes);
  [[nodiscard]] Bytes serialise() const;
};

}  // namespace muster::sip
