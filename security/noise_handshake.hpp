// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "security/crypto.hpp"
#include "security/noise_symmetric_state.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// Handshake patterns of Noise revision 34, section 7. Muster's sessions use `ik` and `xx`.
enum class NoisePattern : std::uint8_t { n, k, x, nk, kk, xk, ik, xx, ix };

/// "Noise_XX_25519_ChaChaPoly_SHA256" and the like; nothing for a name that is none of ours.
[[nodiscard]] std::string_view noise_protocol_name(NoisePattern pattern);
[[nodiscard]] std::optional<NoisePattern> noise_pattern_named(std::string_view protocol_name);

enum class NoiseRole : std::uint8_t { initiator, responder };

/// What one side brings to a handshake. A pattern that needs a key which is not there is our own
/// mistake (asserted).
struct NoiseKeys {
  std::optional<Secret32> static_private;
  Secret32 ephemeral_private;  ///< fresh random octets for every handshake
  std::optional<Key32> remote_static;
};

/// HandshakeState of Noise revision 34, section 5.3, for 25519_ChaChaPoly_SHA256: two sides that
/// call `write` and `read` by turns until `finished`.
///
/// A message that cannot be read leaves the state as it was, so that a forged one does not end a
/// handshake. Copyable.
class NoiseHandshake {
 public:
  NoiseHandshake(NoisePattern pattern, NoiseRole role, BytesView prologue, NoiseKeys keys);

  /// The next message of our own; nothing if the peer's key is a low-order point, which ends the
  /// handshake.
  [[nodiscard]] std::optional<Bytes> write(BytesView payload);
  /// The payload of the peer's next message; nothing if it is not authentic or not its turn.
  [[nodiscard]] std::optional<Bytes> read(BytesView message);

  [[nodiscard]] bool our_turn() const;
  [[nodiscard]] bool finished() const;
  /// The peer's static key as far as it is known; proven once a message after it was read.
  [[nodiscard]] const std::optional<Key32>& remote_static() const { return remote_static_; }
  [[nodiscard]] const Digest32& handshake_hash() const { return state_.handshake_hash(); }
  /// Once finished: the two keys, from this side's point of view.
  [[nodiscard]] NoiseTransportKeys split() const;

 private:
  [[nodiscard]] bool mix_dh(const Secret32& own, const std::optional<Key32>& remote);
  [[nodiscard]] bool mix_token_dh(int token);
  [[nodiscard]] std::optional<Bytes> read_step(BytesView message);

  NoisePattern pattern_;
  NoiseRole role_;
  std::size_t step_ = 0;
  NoiseSymmetricState state_;
  std::optional<Secret32> static_;
  Secret32 ephemeral_;
  std::optional<Key32> remote_static_;
  std::optional<Key32> remote_ephemeral_;
};

}  // namespace muster::security
