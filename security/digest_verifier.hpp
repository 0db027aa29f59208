// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::security {

/// What a home node keeps instead of a SIP password: HA1 = H(user ":" realm ":" password) in
/// lower-case hexadecimal (RFC 7616 3.4.2, RFC 8760), the realm being the overlay's domain. Whoever
/// has it can register as that user, so it is kept like a key.
struct DigestVerifier {
  std::string ha1_md5;
  std::string ha1_sha256;
};

[[nodiscard]] DigestVerifier digest_verifier(std::string_view user, std::string_view realm,
                                             std::string_view password);

}  // namespace muster::security
