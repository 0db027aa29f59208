// SPDX-License-Identifier: Apache-2.0
#include "security/pem.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "security/openssl_ptr.hpp"

namespace muster::security {
namespace {

/// PrivateKeyInfo ahead of the 32 octets; only the last arc of the algorithm differs.
Bytes private_key_start(PrivateKeyKind kind) {
  const std::uint8_t arc = kind == PrivateKeyKind::ed25519 ? 0x70 : 0x6e;
  return {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
          0x03, 0x2b, 0x65, arc,  0x04, 0x22, 0x04, 0x20};
}

}  // namespace

std::string encode_pem(const std::vector<PemBlock>& blocks) {
  const BioPtr bio{BIO_new(BIO_s_secmem())};
  for (const auto& block : blocks) {
    PEM_write_bio(bio.get(), block.label.c_str(), "", block.contents.data(),
                  static_cast<long>(block.contents.size()));
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::optional<std::vector<PemBlock>> decode_pem(std::string_view text) {
  const BioPtr bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  std::vector<PemBlock> blocks;
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (PEM_read_bio(bio.get(), &label, &header, &data, &size) == 1) {
    blocks.push_back({label, Bytes(data, data + size)});
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return std::nullopt;
  return blocks;
}

BytesView pem_contents(const std::vector<PemBlock>& blocks, std::string_view label,
                       std::size_t nth) {
  for (const auto& block : blocks) {
    if (block.label == label && nth-- == 0) return block.contents;
  }
  return {};
}

PemBlock private_key_block(PrivateKeyKind kind, const Key32& key) {
  Bytes der = private_key_start(kind);
  append(der, key);
  return {std::string{pem_private_key}, std::move(der)};
}

std::optional<Key32> private_key_of(PrivateKeyKind kind, BytesView der) {
  const Bytes start = private_key_start(kind);
  Key32 key{};
  if (der.size() != start.size() + key.size() ||
      !std::ranges::equal(der.first(start.size()), start)) {
    return std::nullopt;
  }
  std::ranges::copy(der.subspan(start.size()), key.begin());
  return key;
}

}  // namespace muster::security
