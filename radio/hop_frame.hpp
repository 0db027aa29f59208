// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

namespace muster::radio {

// docs/protocol/hop.md; ours, but both ends must agree.
inline constexpr std::size_t hop_header_bytes = 8;
inline constexpr std::size_t hop_oldest_bytes = 4;
inline constexpr std::size_t hop_ack_fixed_bytes = 9;
inline constexpr std::size_t hop_ack_bitmap_bytes_max = 32;
/// A receiver remembers which of this many packet numbers it has delivered; a sender keeps all
/// numbers under way within it.
inline constexpr std::uint64_t packet_number_span = 4096;
/// In one frame; more is no frame of ours.
inline constexpr std::size_t hop_chunks_max = 256;
inline constexpr Duration ack_hold_unit = std::chrono::microseconds{100};

/// What the far end has of our frames.
struct HopAck {
  std::uint16_t tag = 0;      ///< of the sender of the acknowledged frames
  std::uint32_t largest = 0;  ///< largest frame number received
  Duration hold{};            ///< how long that frame waited for this acknowledgement
  Bytes bitmap;               ///< bit i, from the lowest bit of the first octet: largest - 1 - i

  [[nodiscard]] std::size_t size() const { return hop_ack_fixed_bytes + bitmap.size(); }
};

/// A packet or a part of one.
struct HopChunk {
  bool reliable = false;
  bool fragment = false;
  std::uint16_t number = 0;  ///< reliable: distance from `oldest`; best-effort fragment: its own
  std::uint16_t total = 0;   ///< fragment: octets of the whole packet
  std::uint16_t at = 0;      ///< fragment: where `data` begins in it
  BytesView data;            ///< at least one octet
  std::uint8_t kind = 0;     ///< first octet of the packet; for accounts, not on the wire

  /// Octets in a frame before the data, with the length that all but the last chunk carry.
  [[nodiscard]] static std::size_t overhead(bool reliable, bool fragment) {
    return 3 + (reliable || fragment ? 2 : 0) + (fragment ? 4 : 0);
  }
};

/// One frame between two neighbours, before it is sealed. Views lead into the bytes it was parsed
/// from, or to the packets it is made of.
struct HopFrame {
  bool eliciting = false;     ///< wants an acknowledgement soon
  std::uint16_t tag = 0;      ///< which life of the sender this is
  std::uint32_t number = 0;   ///< of this transmission; never used twice
  std::uint8_t back = 0;      ///< numbers below number - back need no acknowledgement any more
  std::optional<HopAck> ack;  ///< what the sender has received
  std::optional<std::uint32_t> oldest;  ///< oldest reliable packet under way; set with the first
  std::vector<HopChunk> chunks;

  /// Nothing unless the whole of `bytes` is a frame of this version.
  [[nodiscard]] static std::optional<HopFrame> parse(BytesView bytes);
  [[nodiscard]] Bytes encode() const;
};

/// The number nearest to `expected` whose low 32 bits are `wire`.
[[nodiscard]] std::uint64_t unwrap_number(std::uint32_t wire, std::uint64_t expected);

}  // namespace muster::radio
