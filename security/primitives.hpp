// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "security/crypto.hpp"

namespace muster::security {

/// What may stand in for OpenSSL below crypto.hpp: the same sizes, other work. For the simulator,
/// where ten thousand nodes share one processor.
class Primitives {
 public:
  virtual ~Primitives() = default;
  [[nodiscard]] virtual Digest32 hmac_sha256(BytesView key, BytesView message) const = 0;
  [[nodiscard]] virtual Bytes aead_seal(const Key32& key, const Nonce12& nonce,
                                        BytesView associated, BytesView plaintext) const = 0;
  [[nodiscard]] virtual std::optional<Bytes> aead_open(const Key32& key, const Nonce12& nonce,
                                                       BytesView associated,
                                                       BytesView ciphertext) const = 0;
  [[nodiscard]] virtual Key32 x25519_public(const Key32& private_key) const = 0;
  [[nodiscard]] virtual std::optional<Key32> x25519(const Key32& private_key,
                                                    const Key32& public_key) const = 0;
  [[nodiscard]] virtual Key32 ed25519_public(const Key32& private_key) const = 0;
  [[nodiscard]] virtual Signature64 ed25519_sign(const Key32& private_key,
                                                 BytesView message) const = 0;
  [[nodiscard]] virtual bool ed25519_verify(const Key32& public_key, BytesView message,
                                            BytesView signature) const = 0;
  /// Whether the overlay's authority has signed that certificate.
  [[nodiscard]] virtual bool certificate_chains(BytesView certificate_der) const = 0;
};

/// From now on `primitives` are used, until nullptr brings OpenSSL back. They must outlive that.
/// Only a simulator may call this: it is in a file of its own, so that no other program has it
/// (tests/check/modelled_crypto.py).
void use_primitives(const Primitives* primitives);

}  // namespace muster::security
