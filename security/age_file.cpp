// SPDX-License-Identifier: Apache-2.0
#include "security/age_file.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "security/age_header.hpp"
#include "security/openssl_ptr.hpp"

namespace muster::security {
namespace {

// Of the specification (c2sp.org/age).
constexpr std::string_view scrypt_label = "age-encryption.org/v1/scrypt";
constexpr std::size_t file_key_bytes = 16;
constexpr std::size_t payload_nonce_bytes = 16;
constexpr std::size_t chunk_bytes = 64 * 1024;

/// Nothing if the memory cannot be had.
std::optional<Key32> wrap_key(std::string_view passphrase, const AgeHeader& header) {
  Bytes salt = to_bytes(scrypt_label);
  append(salt, header.salt);
  std::uint64_t n = std::uint64_t{1} << header.work_factor;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
  std::uint64_t memory_max = 128 * r * (n + 64);
  std::string pass{passphrase};
  const std::array<OSSL_PARAM, 7> params = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, pass.data(), pass.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory_max),
      OSSL_PARAM_construct_end()};
  const KdfPtr kdf{EVP_KDF_fetch(nullptr, "SCRYPT", nullptr)};
  const KdfContextPtr context{kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr};
  Key32 key{};
  const bool ok =
      context && EVP_KDF_derive(context.get(), key.data(), key.size(), params.data()) == 1;
  cleanse({reinterpret_cast<std::uint8_t*>(pass.data()), pass.size()});
  return ok ? std::optional{key} : std::nullopt;
}

Result<Key32> wrap_key_or_reason(std::string_view passphrase, const AgeHeader& header) {
  if (const auto key = wrap_key(passphrase, header)) return *key;
  return fail(fmt::format(
      "scrypt could not have the {} MiB of memory that work factor {} asks for; free some",
      (std::uint64_t{1} << header.work_factor) / 1024, header.work_factor));
}

Digest32 header_mac(BytesView file_key, std::string_view header_text) {
  const Bytes key = hkdf_expand(hkdf_extract({}, file_key), as_bytes("header"), 32);
  return hmac_sha256(key, as_bytes(header_text));
}

Key32 payload_key(BytesView file_key, BytesView nonce) {
  const Bytes derived = hkdf_expand(hkdf_extract(nonce, file_key), as_bytes("payload"), 32);
  Key32 key{};
  std::copy(derived.begin(), derived.end(), key.begin());
  return key;
}

/// STREAM's nonce: eleven octets of counter, then 1 for the last chunk.
Nonce12 chunk_nonce(std::uint64_t counter, bool last) {
  Nonce12 nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[10 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
  }
  nonce[11] = last ? 1 : 0;
  return nonce;
}

void seal_payload(const Key32& key, BytesView plaintext, Bytes& out) {
  for (std::uint64_t counter = 0;; ++counter) {
    const bool last = plaintext.size() <= chunk_bytes;
    const BytesView chunk = plaintext.first(std::min(plaintext.size(), chunk_bytes));
    append(out, aead_seal(key, chunk_nonce(counter, last), {}, chunk));
    if (last) return;
    plaintext = plaintext.subspan(chunk_bytes);
  }
}

std::optional<Bytes> open_payload(const Key32& key, BytesView sealed) {
  Bytes out;
  for (std::uint64_t counter = 0;; ++counter) {
    const bool last = sealed.size() <= chunk_bytes + aead_tag_bytes;
    const BytesView chunk = sealed.first(std::min(sealed.size(), chunk_bytes + aead_tag_bytes));
    const auto opened = aead_open(key, chunk_nonce(counter, last), {}, chunk);
    if (!opened) return std::nullopt;
    // Only an empty file may end in an empty chunk.
    if (opened->empty() && counter > 0) return std::nullopt;
    append(out, *opened);
    if (last) return out;
    sealed = sealed.subspan(chunk.size());
  }
}

Result<Bytes> open_file_key(std::string_view passphrase, const ReadAgeHeader& read) {
  auto key = wrap_key_or_reason(passphrase, read.header);
  if (!key) return tl::make_unexpected(key.error());
  auto file_key = aead_open(*key, Nonce12{}, {}, read.header.wrapped_file_key);
  cleanse(*key);
  if (!file_key) return fail("the passphrase is wrong, or the file is damaged");
  if (!equal_in_constant_time(header_mac(*file_key, read.authenticated), read.mac)) {
    return fail("the header of this age file is damaged");
  }
  return *file_key;
}

}  // namespace

bool is_age_file(BytesView file) {
  static constexpr std::string_view start = "age-encryption.org/";
  return as_text(file).substr(0, start.size()) == start;
}

Result<Bytes> age_seal(std::string_view passphrase, BytesView plaintext, ports::Random& random,
                       unsigned work_factor) {
  AgeHeader header;
  header.work_factor = std::clamp(work_factor, 1U, 20U);
  random.fill(header.salt);
  std::array<std::uint8_t, file_key_bytes> file_key{};
  random.fill(file_key);
  auto key = wrap_key_or_reason(passphrase, header);
  if (!key) return tl::make_unexpected(key.error());
  const Bytes wrapped = aead_seal(*key, Nonce12{}, {}, file_key);
  std::copy(wrapped.begin(), wrapped.end(), header.wrapped_file_key.begin());
  const std::string text = age_header_text(header);
  Bytes out = to_bytes(fmt::format("{} {}\n", text, base64_unpadded(header_mac(file_key, text))));
  std::array<std::uint8_t, payload_nonce_bytes> nonce{};
  random.fill(nonce);
  append(out, nonce);
  seal_payload(payload_key(file_key, nonce), plaintext, out);
  cleanse(*key);
  cleanse(file_key);
  return out;
}

Result<Bytes> age_open(std::string_view passphrase, BytesView file, const AgeLimits& limits) {
  if (file.size() > limits.file_bytes_max) return fail("this age file is too long");
  const auto read = read_age_header(file, limits.header_bytes_max);
  if (!read) return tl::make_unexpected(read.error());
  if (read->header.work_factor > limits.work_factor_max) {
    return fail(
        fmt::format("this age file asks for scrypt work factor {}, more than the {} allowed",
                    read->header.work_factor, limits.work_factor_max));
  }
  const BytesView payload = file.subspan(read->size);
  if (payload.size() < payload_nonce_bytes + aead_tag_bytes) {
    return fail("this age file was cut short");
  }
  auto file_key = open_file_key(passphrase, *read);
  if (!file_key) return file_key;
  const Key32 key = payload_key(*file_key, payload.first(payload_nonce_bytes));
  cleanse(*file_key);
  auto plaintext = open_payload(key, payload.subspan(payload_nonce_bytes));
  if (!plaintext) return fail("the contents of this age file are damaged or were cut short");
  return std::move(*plaintext);
}

}  // namespace muster::security
