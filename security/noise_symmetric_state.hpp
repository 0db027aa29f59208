// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "security/crypto.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// The nonce of ChaChaPoly in Noise: four zero octets, then the counter in little-endian order
/// (Noise revision 34, section 12.3).
[[nodiscard]] Nonce12 noise_nonce(std::uint64_t counter);

/// What the transport after a handshake starts from: one key per direction.
struct NoiseTransportKeys {
  Secret32 send;
  Secret32 receive;
};

/// SymmetricState of Noise revision 34, section 5.2, for 25519_ChaChaPoly_SHA256.
class NoiseSymmetricState {
 public:
  explicit NoiseSymmetricState(std::string_view protocol_name);

  void mix_key(BytesView input_key_material);
  void mix_hash(BytesView data);
  /// Plain text until the first mix_key(), authenticated ciphertext after it.
  [[nodiscard]] Bytes encrypt_and_hash(BytesView plaintext);
  /// Nothing if the ciphertext is not authentic; the state is then of no further use.
  [[nodiscard]] std::optional<Bytes> decrypt_and_hash(BytesView ciphertext);
  [[nodiscard]] bool has_key() const { return key_.has_value(); }
  [[nodiscard]] const Digest32& handshake_hash() const { return hash_; }
  /// The keys as the initiator uses them.
  [[nodiscard]] NoiseTransportKeys split() const;

 private:
  Secret32 chaining_key_;
  Digest32 hash_{};
  std::optional<Secret32> key_;
  std::uint64_t nonce_ = 0;
};

}  // namespace muster::security
