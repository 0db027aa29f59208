// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "core/base/time.hpp"
#include "security/primitives.hpp"

namespace muster::sim {

/// Cryptography that costs the simulating machine next to nothing: everything has its real size,
/// what was tampered with is still refused, but nothing is secret and anybody could forge. What the
/// real operations would have taken is added up instead, so that hosts can be charged for it.
class ModelledCrypto final : public security::Primitives {
 public:
  /// Of one core of a field laptop of some years ago.
  struct Costs {
    Duration x25519 = std::chrono::microseconds{60};         ///< with a peer's key
    Duration x25519_public = std::chrono::microseconds{50};  ///< of a private key
    Duration sign = std::chrono::microseconds{50};
    Duration verify = std::chrono::microseconds{140};
    Duration aead = std::chrono::nanoseconds{1500};  ///< and per octet:
    Duration aead_octet = std::chrono::nanoseconds{1};
    Duration hmac = std::chrono::nanoseconds{1500};
  };

  ModelledCrypto() : ModelledCrypto(Costs{}) {}
  explicit ModelledCrypto(Costs costs) : costs_(costs) {}

  /// The authority has signed this certificate. Before the model is used.
  void add_certificate(BytesView certificate_der);

  /// What all operations since the last call would have taken.
  [[nodiscard]] Duration take_cost() const;

  [[nodiscard]] security::Digest32 hmac_sha256(BytesView key, BytesView message) const override;
  [[nodiscard]] Bytes aead_seal(const security::Key32& key, const security::Nonce12& nonce,
                                BytesView associated, BytesView plaintext) const override;
  [[nodiscard]] std::optional<Bytes> aead_open(const security::Key32& key,
                                               const security::Nonce12& nonce, BytesView associated,
                                               BytesView ciphertext) const override;
  [[nodiscard]] security::Key32 x25519_public(const security::Key32& private_key) const override;
  [[nodiscard]] std::optional<security::Key32> x25519(
      const security::Key32& private_key, const security::Key32& public_key) const override;
  [[nodiscard]] security::Key32 ed25519_public(const security::Key32& private_key) const override;
  [[nodiscard]] security::Signature64 ed25519_sign(const security::Key32& private_key,
                                                   BytesView message) const override;
  [[nodiscard]] bool ed25519_verify(const security::Key32& public_key, BytesView message,
                                    BytesView signature) const override;

  [[nodiscard]] bool certificate_chains(BytesView certificate_der) const override;

 private:
  Costs costs_;
  std::set<security::Digest32> certificates_;
  mutable Duration spent_{};  ///< the operations themselves have no state
};

/// Uses modelled cryptography in this process while it lives, if it is wanted at all.
class ModelledCryptoScope {
 public:
  explicit ModelledCryptoScope(const ModelledCrypto* model);
  ~ModelledCryptoScope();
  ModelledCryptoScope(const ModelledCryptoScope&) = delete;
  ModelledCryptoScope& operator=(const ModelledCryptoScope&) = delete;

 private:
  bool used_;
};

}  // namespace muster::sim
