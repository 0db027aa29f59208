// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

/// The cryptographic primitives of Muster, all of them OpenSSL's, called through EVP. Nothing in
/// this file can fail but authentication; if OpenSSL itself fails the process ends, for no
/// protocol can go on safely without it.
namespace muster::security {

using Digest32 = std::array<std::uint8_t, 32>;
using Key32 = std::array<std::uint8_t, 32>;
using Signature64 = std::array<std::uint8_t, 64>;
inline constexpr std::size_t aead_tag_bytes = 16;

[[nodiscard]] Digest32 sha256(BytesView message);
[[nodiscard]] Digest32 hmac_sha256(BytesView key, BytesView message);

/// HKDF-SHA256 (RFC 5869). `out_bytes` at most 255 * 32.
[[nodiscard]] Digest32 hkdf_extract(BytesView salt, BytesView input_key_material);
[[nodiscard]] Bytes hkdf_expand(BytesView pseudo_random_key, BytesView info, std::size_t out_bytes);

/// ChaCha20-Poly1305 (RFC 8439): 32-octet key, 12-octet nonce; the tag ends the ciphertext.
using Nonce12 = std::array<std::uint8_t, 12>;
[[nodiscard]] Bytes aead_seal(const Key32& key, const Nonce12& nonce, BytesView associated,
                              BytesView plaintext);
/// Nothing if the tag does not match.
[[nodiscard]] std::optional<Bytes> aead_open(const Key32& key, const Nonce12& nonce,
                                             BytesView associated, BytesView ciphertext);

/// X25519 (RFC 7748). `x25519` gives nothing if the result is all zeros (a low-order point).
[[nodiscard]] Key32 x25519_public(const Key32& private_key);
[[nodiscard]] std::optional<Key32> x25519(const Key32& private_key, const Key32& public_key);

/// Ed25519 (RFC 8032). The private key is the 32-octet seed.
[[nodiscard]] Key32 ed25519_public(const Key32& private_key);
[[nodiscard]] Signature64 ed25519_sign(const Key32& private_key, BytesView message);
[[nodiscard]] bool ed25519_verify(const Key32& public_key, BytesView message, BytesView signature);

/// Comparison whose time does not depend on the contents.
[[nodiscard]] bool equal_in_constant_time(BytesView a, BytesView b);
/// Overwrites memory that held a secret.
void cleanse(std::span<std::uint8_t> secret);

}  // namespace muster::security
