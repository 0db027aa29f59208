// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "security/crypto.hpp"
#include "security/secret.hpp"

/// Hybrid public key encryption (RFC 9180), base and auth mode, with DHKEM(X25519, HKDF-SHA256),
/// HKDF-SHA256 and ChaCha20-Poly1305.
namespace muster::security {

/// The context both sides of one set-up share. The sequence number is the caller's (RFC 9180
/// section 5.2 counts by itself): our packets may be lost and change their order. The caller never
/// seals twice under one number, and refuses repeated ones.
class HpkeContext {
 public:
  enum class Mode : std::uint8_t { base = 0, auth = 2 };
  HpkeContext(const Key32& shared_secret, BytesView info, Mode mode = Mode::base);

  [[nodiscard]] Bytes seal(std::uint64_t sequence, BytesView associated, BytesView plaintext) const;
  /// Nothing if it is not authentic.
  [[nodiscard]] std::optional<Bytes> open(std::uint64_t sequence, BytesView associated,
                                          BytesView ciphertext) const;
  /// RFC 9180 section 5.3; `size` at most 255 * 32.
  [[nodiscard]] Bytes export_secret(BytesView exporter_context, std::size_t size) const;

 private:
  [[nodiscard]] Nonce12 nonce(std::uint64_t sequence) const;

  Secret32 key_;
  Nonce12 base_nonce_{};
  Secret32 exporter_secret_;
};

struct HpkeSender {
  Key32 enc{};  ///< the encapsulated key, to be sent along
  HpkeContext context;
};

/// SetupBaseS; `ephemeral_private` is fresh and used once. Nothing if `recipient` is a low-order
/// point.
[[nodiscard]] std::optional<HpkeSender> hpke_setup_sender(const Key32& recipient, BytesView info,
                                                          const Key32& ephemeral_private);
/// SetupBaseR; nothing if `enc` is a low-order point.
[[nodiscard]] std::optional<HpkeContext> hpke_setup_receiver(const Key32& enc,
                                                             const Key32& recipient_private,
                                                             BytesView info);
/// SetupAuthS: only the owner of `sender_private` and of the recipient's key can make the context.
[[nodiscard]] std::optional<HpkeSender> hpke_setup_auth_sender(const Key32& recipient,
                                                               BytesView info,
                                                               const Key32& ephemeral_private,
                                                               const Key32& sender_private);
/// SetupAuthR.
[[nodiscard]] std::optional<HpkeContext> hpke_setup_auth_receiver(const Key32& enc,
                                                                  const Key32& recipient_private,
                                                                  BytesView info,
                                                                  const Key32& sender);
/// The private key of DeriveKeyPair (section 7.1.3).
[[nodiscard]] Key32 hpke_derive_private_key(BytesView input_key_material);

}  // namespace muster::security
