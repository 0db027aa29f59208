// SPDX-License-Identifier: Apache-2.0
#include "sip/digest.hpp"

#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/bytes.hpp"
#include "sip/scanner.hpp"

namespace muster::sip {

std::string_view to_string(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::md5 ? "MD5" : "SHA-256";
}

std::optional<DigestAlgorithm> digest_algorithm(std::string_view name) {
  if (name.empty() || same(name, "MD5")) return DigestAlgorithm::md5;
  if (same(name, "SHA-256")) return DigestAlgorithm::sha256;
  return std::nullopt;
}

std::string digest_hash(DigestAlgorithm algorithm, std::string_view text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  const EVP_MD* md = algorithm == DigestAlgorithm::md5 ? EVP_md5() : EVP_sha256();
  // Without its hash functions a node can let nobody in: there is nothing to go on with.
  if (EVP_Digest(text.data(), text.size(), hash.data(), &size, md, nullptr) != 1) std::abort();
  return to_hex(BytesView{hash}.first(size));
}

const std::string& ha1_of(const DigestVerifier& verifier, DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::md5 ? verifier.ha1_md5 : verifier.ha1_sha256;
}

DigestVerifier digest_verifier(std::string_view username, std::string_view realm,
                               std::string_view password) {
  const std::string secret =
      std::string{username} + ':' + std::string{realm} + ':' + std::string{password};
  return {digest_hash(DigestAlgorithm::md5, secret), digest_hash(DigestAlgorithm::sha256, secret)};
}

std::string digest_response(DigestAlgorithm algorithm, std::string_view ha1,
                            const DigestInput& input) {
  std::string a2{input.method};
  a2 += ':';
  a2 += input.uri;
  std::string text{ha1};
  for (const auto part : {input.nonce, input.nonce_count, input.cnonce, std::string_view{"auth"}}) {
    text += ':';
    text += part;
  }
  return digest_hash(algorithm, text + ':' + digest_hash(algorithm, a2));
}

std::array<std::uint8_t, 32> nonce_mac(const std::array<std::uint8_t, 32>& key,
                                       std::string_view text) {
  std::array<std::uint8_t, 32> mac{};
  unsigned size = 0;
  const auto bytes = as_bytes(text);
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(),
           mac.data(), &size) == nullptr) {
    std::abort();
  }
  return mac;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace muster::sip
