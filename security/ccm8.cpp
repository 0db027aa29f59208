// SPDX-License-Identifier: Apache-2.0
#include "security/ccm8.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include "core/base/byte_writer.hpp"
#include "security/crypto.hpp"
#include "security/openssl_ptr.hpp"
#include "security/primitives_in_use.hpp"

namespace muster::security {
namespace {

void require(bool ok) {
  if (ok) return;
  std::fputs("muster: OpenSSL refused a basic operation; its installation is damaged\n", stderr);
  std::abort();
}

const EVP_CIPHER* aes_128_ccm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CCM", nullptr);
  require(cipher != nullptr);
  return cipher;
}

/// `tag`: the one wanted when opening, nullptr when sealing.
CipherContextPtr begin(bool seals, const Key16& key, const Nonce13& nonce, std::uint8_t* tag) {
  CipherContextPtr context{EVP_CIPHER_CTX_new()};
  EVP_CIPHER_CTX* const c = context.get();
  require(c != nullptr &&
          EVP_CipherInit_ex2(c, aes_128_ccm(), nullptr, nullptr, seals ? 1 : 0, nullptr) == 1);
  require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, nonce.size(), nullptr) == 1);
  require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, ccm8_tag_bytes, tag) == 1);
  require(EVP_CipherInit_ex2(c, nullptr, key.data(), nonce.data(), -1, nullptr) == 1);
  return context;
}

/// CCM wants the length first.
void associate(EVP_CIPHER_CTX* context, std::size_t text_bytes, BytesView associated) {
  int size = 0;
  require(EVP_CipherUpdate(context, nullptr, &size, nullptr, static_cast<int>(text_bytes)) == 1);
  if (associated.empty()) return;
  require(EVP_CipherUpdate(context, nullptr, &size, associated.data(),
                           static_cast<int>(associated.size())) == 1);
}

/// In place of the tag where cryptography is modelled.
Digest32 modelled_tag(const Key16& key, const Nonce13& nonce, BytesView associated,
                      BytesView plaintext) {
  ByteWriter all;
  all.raw(nonce).u32(static_cast<std::uint32_t>(associated.size())).raw(associated).raw(plaintext);
  return internal::primitives_in_use->hmac_sha256(key, all.view());
}

}  // namespace

Bytes ccm8_seal(const Key16& key, const Nonce13& nonce, BytesView associated, BytesView plaintext) {
  assert(plaintext.size() <= ccm8_plaintext_bytes_max);
  if (internal::primitives_in_use != nullptr) {
    Bytes out = to_bytes(plaintext);
    append(out, BytesView(modelled_tag(key, nonce, associated, plaintext)).first(ccm8_tag_bytes));
    return out;
  }
  const auto context = begin(true, key, nonce, nullptr);
  associate(context.get(), plaintext.size(), associated);
  Bytes out(plaintext.size() + ccm8_tag_bytes);
  // Without a place to read from OpenSSL takes it for a length.
  const std::uint8_t nothing = 0;
  int size = 0;
  require(EVP_CipherUpdate(context.get(), out.data(), &size,
                           plaintext.empty() ? &nothing : plaintext.data(),
                           static_cast<int>(plaintext.size())) == 1);
  require(EVP_CipherFinal_ex(context.get(), out.data() + plaintext.size(), &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, ccm8_tag_bytes,
                              out.data() + plaintext.size()) == 1);
  return out;
}

std::optional<Bytes> ccm8_open(const Key16& key, const Nonce13& nonce, BytesView associated,
                               BytesView ciphertext) {
  if (ciphertext.size() < ccm8_tag_bytes ||
      ciphertext.size() > ccm8_plaintext_bytes_max + ccm8_tag_bytes)
    return std::nullopt;
  const BytesView body = ciphertext.first(ciphertext.size() - ccm8_tag_bytes);
  const BytesView tag = ciphertext.last(ccm8_tag_bytes);
  if (internal::primitives_in_use != nullptr) {
    const auto wanted = modelled_tag(key, nonce, associated, body);
    if (!std::ranges::equal(BytesView(wanted).first(ccm8_tag_bytes), tag)) return std::nullopt;
    return to_bytes(body);
  }
  std::array<std::uint8_t, ccm8_tag_bytes> wanted{};
  std::copy(tag.begin(), tag.end(), wanted.begin());
  const auto context = begin(false, key, nonce, wanted.data());
  associate(context.get(), body.size(), associated);
  Bytes out(body.size());
  // A place to write even when there is no plaintext.
  std::uint8_t nowhere = 0;
  int size = 0;
  if (EVP_CipherUpdate(context.get(), out.empty() ? &nowhere : out.data(), &size,
                       body.empty() ? &nowhere : body.data(), static_cast<int>(body.size())) != 1)
    return std::nullopt;
  return out;
}

Nonce13 ccm8_nonce(std::uint32_t boot, std::uint32_t number) {
  Nonce13 nonce{};
  const Bytes octets = ByteWriter{}.u32(boot).u32(number).take();
  std::copy(octets.begin(), octets.end(), nonce.end() - static_cast<std::ptrdiff_t>(octets.size()));
  return nonce;
}

}  // namespace muster::security
