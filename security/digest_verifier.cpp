// SPDX-License-Identifier: Apache-2.0
#include "security/digest_verifier.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "security/crypto.hpp"

namespace muster::security {
namespace {

/// MD5 is here because most phones know nothing newer; nothing but HA1 rests on it.
std::string md5_hex(BytesView message) {
  std::array<std::uint8_t, 16> digest{};
  if (EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1) {
    std::fputs("muster: OpenSSL refuses MD5, which SIP phones need; is it in FIPS mode?\n", stderr);
    std::abort();
  }
  return to_hex(digest);
}

}  // namespace

DigestVerifier digest_verifier(std::string_view user, std::string_view realm,
                               std::string_view password) {
  std::string a1 = fmt::format("{}:{}:{}", user, realm, password);
  DigestVerifier verifier{md5_hex(as_bytes(a1)), to_hex(sha256(as_bytes(a1)))};
  cleanse({reinterpret_cast<std::uint8_t*>(a1.data()), a1.size()});
  return verifier;
}

}  // namespace muster::security
