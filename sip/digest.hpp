// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest_verifier.hpp"

namespace muster::sip {

/// The algorithms of RFC 8760 that Muster speaks, the preferred one first.
enum class DigestAlgorithm { sha256, md5 };
inline constexpr std::array<DigestAlgorithm, 2> digest_algorithms{DigestAlgorithm::sha256,
                                                                  DigestAlgorithm::md5};

/// "SHA-256" or "MD5".
[[nodiscard]] std::string_view to_string(DigestAlgorithm algorithm);
/// Case ignored; no name at all means MD5 (RFC 7616 section 3.3). Nothing for any other.
[[nodiscard]] std::optional<DigestAlgorithm> digest_algorithm(std::string_view name);

using muster::DigestVerifier;
[[nodiscard]] const std::string& ha1_of(const DigestVerifier& verifier, DigestAlgorithm algorithm);
[[nodiscard]] DigestVerifier digest_verifier(std::string_view username, std::string_view realm,
                                             std::string_view password);

/// H(text) of RFC 7616 section 3.3: lower-case hexadecimal.
[[nodiscard]] std::string digest_hash(DigestAlgorithm algorithm, std::string_view text);

/// The parts of a request digest with qop=auth.
struct DigestInput {
  std::string_view method;
  std::string_view uri;
  std::string_view nonce;
  std::string_view nonce_count;  ///< eight hexadecimal digits
  std::string_view cnonce;
};

/// `response` of RFC 7616 section 3.4.1 for qop=auth.
[[nodiscard]] std::string digest_response(DigestAlgorithm algorithm, std::string_view ha1,
                                          const DigestInput& input);

/// HMAC-SHA256 of `text`, for nonces that a server knows again without keeping them.
[[nodiscard]] std::array<std::uint8_t, 32> nonce_mac(const std::array<std::uint8_t, 32>& key,
                                                     std::string_view text);
/// Comparison whose time depends on the lengths only.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace muster::sip
