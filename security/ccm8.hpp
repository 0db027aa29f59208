// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

/// AES-CCM-16-64-128 (RFC 9053, 4.2; RFC 3610 with M = 8 and L = 2): the AEAD that constrained
/// radio protocols use where an octet of tag is an octet of text. OpenSSL's, called through EVP.
///
/// A forger needs 2^63 tries on average, each of them a frame on the air.
namespace muster::security {

using Key16 = std::array<std::uint8_t, 16>;
using Nonce13 = std::array<std::uint8_t, 13>;
inline constexpr std::size_t ccm8_tag_bytes = 8;
inline constexpr std::size_t ccm8_plaintext_bytes_max = 65535;

/// `plaintext` at most ccm8_plaintext_bytes_max octets (asserted); the tag ends the ciphertext.
[[nodiscard]] Bytes ccm8_seal(const Key16& key, const Nonce13& nonce, BytesView associated,
                              BytesView plaintext);
/// Nothing if the tag does not match.
[[nodiscard]] std::optional<Bytes> ccm8_open(const Key16& key, const Nonce13& nonce,
                                             BytesView associated, BytesView ciphertext);

/// The nonce of what a node that has started `boot` times numbers `number`.
[[nodiscard]] Nonce13 ccm8_nonce(std::uint32_t boot, std::uint32_t number);

}  // namespace muster::security
