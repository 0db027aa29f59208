// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "security/crypto.hpp"
#include "security/datagram_type.hpp"
#include "security/noise_symmetric_state.hpp"
#include "security/replay_window.hpp"

namespace muster::security {

/// What a sealed frame is longer than the frame: type, receiver index, low half of the counter,
/// tag.
inline constexpr std::size_t session_overhead_bytes = 1 + 4 + 4 + aead_tag_bytes;

enum class SessionError : std::uint8_t { malformed, replayed, forged };

/// The transport after one handshake: AEAD per frame, a 64-bit counter of which 32 bits travel, and
/// a replay window, so that frames may be lost and change their order (Noise revision 34, section
/// 11.4). About 400 octets.
class Session {
 public:
  /// `own_index` is what the peer writes in front of its frames, `peer_index` what we write.
  Session(std::uint32_t own_index, std::uint32_t peer_index, const NoiseTransportKeys& keys)
      : own_index_(own_index), peer_index_(peer_index), keys_(keys) {}

  /// `type` is data or probe. At most `frames_sent()` < 2^64 - 1 frames (the owner renews long
  /// before).
  [[nodiscard]] Bytes seal(DatagramType type, BytesView frame);

  struct Opened {
    Bytes frame;
    bool newest = false;  ///< no frame with a higher counter came before it
  };
  /// `datagram` is of type data or probe and carries our index.
  [[nodiscard]] Result<Opened, SessionError> open(BytesView datagram);

  [[nodiscard]] std::uint32_t own_index() const { return own_index_; }
  [[nodiscard]] std::uint32_t peer_index() const { return peer_index_; }
  [[nodiscard]] std::uint64_t frames_sent() const { return next_counter_; }

 private:
  std::uint32_t own_index_;
  std::uint32_t peer_index_;
  NoiseTransportKeys keys_;
  std::uint64_t next_counter_ = 0;
  ReplayWindow<2048> window_;
};

}  // namespace muster::security
