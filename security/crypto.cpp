// SPDX-License-Identifier: Apache-2.0
#include "security/crypto.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "security/openssl_ptr.hpp"
#include "security/primitives_in_use.hpp"

namespace muster::security {

const Primitives* internal::primitives_in_use = nullptr;

namespace {

using internal::primitives_in_use;

void require(bool ok) {
  if (ok) return;
  std::fputs("muster: OpenSSL refused a basic operation; its installation is damaged\n", stderr);
  std::abort();
}

PkeyPtr private_key_of(int type, const Key32& key) {
  PkeyPtr pkey{EVP_PKEY_new_raw_private_key(type, nullptr, key.data(), key.size())};
  require(pkey != nullptr);
  return pkey;
}

Key32 public_part(int type, const Key32& private_key) {
  const PkeyPtr pkey = private_key_of(type, private_key);
  Key32 out{};
  std::size_t size = out.size();
  require(EVP_PKEY_get_raw_public_key(pkey.get(), out.data(), &size) == 1);
  return out;
}

/// The cipher and the KDF are fetched once: an implicit fetch costs more than a short seal.
const EVP_CIPHER* chacha20_poly1305() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  require(cipher != nullptr);
  return cipher;
}

/// Made once for each thread and direction: making one costs more than sealing a short frame.
class CipherContext {
 public:
  explicit CipherContext(bool seals) : context_(EVP_CIPHER_CTX_new()) {
    require(context_ != nullptr && EVP_CipherInit_ex2(context_.get(), chacha20_poly1305(), nullptr,
                                                      nullptr, seals ? 1 : 0, nullptr) == 1);
  }
  [[nodiscard]] EVP_CIPHER_CTX* get() const { return context_.get(); }
  /// It outlives every key used with it.
  void forget_key() const {
    static constexpr Key32 none{};
    require(EVP_CipherInit_ex2(context_.get(), nullptr, none.data(), nullptr, -1, nullptr) == 1);
  }

 private:
  CipherContextPtr context_;
};

/// Where the tag is, or is to be written.
class TagParameter {
 public:
  explicit TagParameter(std::uint8_t* tag)
      : parameters_{
            OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, aead_tag_bytes),
            OSSL_PARAM_construct_end()} {}
  [[nodiscard]] OSSL_PARAM* data() { return parameters_.data(); }

 private:
  std::array<OSSL_PARAM, 2> parameters_;
};

const EVP_MD* sha256_method() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(digest != nullptr);
  return digest;
}

}  // namespace

Digest32 sha256(BytesView message) {
  Digest32 out{};
  require(EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha256_method(),
                     nullptr) == 1);
  return out;
}

Digest32 hmac_sha256(BytesView key, BytesView message) {
  if (primitives_in_use != nullptr) return primitives_in_use->hmac_sha256(key, message);
  Digest32 out{};
  static constexpr std::uint8_t no_key = 0;
  unsigned size = out.size();
  require(HMAC(sha256_method(), key.empty() ? &no_key : key.data(), static_cast<int>(key.size()),
               message.data(), message.size(), out.data(), &size) != nullptr);
  return out;
}

Digest32 hkdf_extract(BytesView salt, BytesView input_key_material) {
  return hmac_sha256(salt, input_key_material);
}

Bytes hkdf_expand(BytesView pseudo_random_key, BytesView info, std::size_t out_bytes) {
  assert(out_bytes <= 255 * 32);
  Bytes out;
  Bytes block;
  for (std::uint8_t counter = 1; out.size() < out_bytes; ++counter) {
    append(block, info);
    block.push_back(counter);
    const Digest32 next = hmac_sha256(pseudo_random_key, block);
    append(out, next);
    block.assign(next.begin(), next.end());
  }
  out.resize(out_bytes);
  return out;
}

Bytes aead_seal(const Key32& key, const Nonce12& nonce, BytesView associated, BytesView plaintext) {
  if (primitives_in_use != nullptr)
    return primitives_in_use->aead_seal(key, nonce, associated, plaintext);
  static thread_local const CipherContext context{true};
  Bytes out(plaintext.size() + aead_tag_bytes);
  int size = 0;
  require(EVP_EncryptInit_ex2(context.get(), nullptr, key.data(), nonce.data(), nullptr) == 1);
  require(EVP_EncryptUpdate(context.get(), nullptr, &size, associated.data(),
                            static_cast<int>(associated.size())) == 1);
  require(EVP_EncryptUpdate(context.get(), out.data(), &size, plaintext.data(),
                            static_cast<int>(plaintext.size())) == 1);
  require(EVP_EncryptFinal_ex(context.get(), out.data() + plaintext.size(), &size) == 1);
  TagParameter tag(out.data() + plaintext.size());
  require(EVP_CIPHER_CTX_get_params(context.get(), tag.data()) == 1);
  context.forget_key();
  return out;
}

std::optional<Bytes> aead_open(const Key32& key, const Nonce12& nonce, BytesView associated,
                               BytesView ciphertext) {
  if (primitives_in_use != nullptr)
    return primitives_in_use->aead_open(key, nonce, associated, ciphertext);
  if (ciphertext.size() < aead_tag_bytes) return std::nullopt;
  static thread_local const CipherContext context{false};
  const BytesView body = ciphertext.first(ciphertext.size() - aead_tag_bytes);
  std::array<std::uint8_t, aead_tag_bytes> tag{};
  std::copy(ciphertext.end() - aead_tag_bytes, ciphertext.end(), tag.begin());
  Bytes out(body.size());
  // The final call needs a place to write even when there is no plaintext.
  std::uint8_t nowhere = 0;
  std::uint8_t* const plaintext = out.empty() ? &nowhere : out.data();
  int size = 0;
  TagParameter wanted(tag.data());
  require(EVP_DecryptInit_ex2(context.get(), nullptr, key.data(), nonce.data(), wanted.data()) ==
          1);
  require(EVP_DecryptUpdate(context.get(), nullptr, &size, associated.data(),
                            static_cast<int>(associated.size())) == 1);
  require(EVP_DecryptUpdate(context.get(), plaintext, &size, body.data(),
                            static_cast<int>(body.size())) == 1);
  const bool authentic = EVP_DecryptFinal_ex(context.get(), plaintext, &size) == 1;
  context.forget_key();
  if (!authentic) return std::nullopt;
  return out;
}

Key32 x25519_public(const Key32& private_key) {
  if (primitives_in_use != nullptr) return primitives_in_use->x25519_public(private_key);
  return public_part(EVP_PKEY_X25519, private_key);
}

std::optional<Key32> x25519(const Key32& private_key, const Key32& public_key) {
  if (primitives_in_use != nullptr) return primitives_in_use->x25519(private_key, public_key);
  const PkeyPtr own = private_key_of(EVP_PKEY_X25519, private_key);
  const PkeyPtr peer{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, public_key.data(), public_key.size())};
  const PkeyContextPtr context{EVP_PKEY_CTX_new(own.get(), nullptr)};
  require(peer != nullptr && context != nullptr);
  require(EVP_PKEY_derive_init(context.get()) == 1);
  require(EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1);
  Key32 shared{};
  std::size_t size = shared.size();
  if (EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) return std::nullopt;
  return shared;
}

Key32 ed25519_public(const Key32& private_key) {
  if (primitives_in_use != nullptr) return primitives_in_use->ed25519_public(private_key);
  return public_part(EVP_PKEY_ED25519, private_key);
}

Signature64 ed25519_sign(const Key32& private_key, BytesView message) {
  if (primitives_in_use != nullptr) return primitives_in_use->ed25519_sign(private_key, message);
  const PkeyPtr pkey = private_key_of(EVP_PKEY_ED25519, private_key);
  const DigestContextPtr context{EVP_MD_CTX_new()};
  Signature64 signature{};
  std::size_t size = signature.size();
  require(context != nullptr);
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1);
  require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) ==
          1);
  return signature;
}

bool ed25519_verify(const Key32& public_key, BytesView message, BytesView signature) {
  if (primitives_in_use != nullptr)
    return primitives_in_use->ed25519_verify(public_key, message, signature);
  const PkeyPtr pkey{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size())};
  const DigestContextPtr context{EVP_MD_CTX_new()};
  if (pkey == nullptr) return false;
  require(context != nullptr);
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

bool equal_in_constant_time(BytesView a, BytesView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void cleanse(std::span<std::uint8_t> secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace muster::security
