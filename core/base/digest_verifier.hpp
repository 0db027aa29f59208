// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace muster {

/// What a home node keeps instead of a SIP password: HA1 = H(user ":" realm ":" password) in
/// lower-case hexadecimal (RFC 7616 section 3.4.2, RFC 8760), the realm being the overlay's domain.
/// Whoever has it can register as that user, so it is kept like a key.
struct DigestVerifier {
  std::string ha1_md5;
  std::string ha1_sha256;
};

}  // namespace muster
