// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "security/crypto.hpp"

namespace muster::security {

/// One block of a PEM file (RFC 7468).
struct PemBlock {
  std::string label;  ///< "CERTIFICATE"
  Bytes contents;
};

inline constexpr std::string_view pem_private_key = "PRIVATE KEY";
inline constexpr std::string_view pem_certificate = "CERTIFICATE";

[[nodiscard]] std::string encode_pem(const std::vector<PemBlock>& blocks);
/// All blocks in order; text around them is skipped. Nothing if one is damaged.
[[nodiscard]] std::optional<std::vector<PemBlock>> decode_pem(std::string_view text);
/// The contents of the `nth` block (from 0) with this label; empty if there is none.
[[nodiscard]] BytesView pem_contents(const std::vector<PemBlock>& blocks, std::string_view label,
                                     std::size_t nth = 0);

/// PrivateKeyInfo (RFC 5958, RFC 8410 section 7) of the two kinds of keys that Muster has.
enum class PrivateKeyKind { ed25519, x25519 };
[[nodiscard]] PemBlock private_key_block(PrivateKeyKind kind, const Key32& key);
/// Nothing unless `der` holds a key of this kind and nothing else.
[[nodiscard]] std::optional<Key32> private_key_of(PrivateKeyKind kind, BytesView der);

}  // namespace muster::security
