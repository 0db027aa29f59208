// SPDX-License-Identifier: Apache-2.0
#include "sim/modelled_crypto.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace muster::sim {
namespace {

using security::Key32;

/// A mix of 64-bit words that separates whatever differs, and nothing more: four lanes, each word
/// multiplied into one of them, all stirred at the end (the finaliser of splitmix64).
class Mix {
 public:
  explicit Mix(std::uint64_t purpose) { lanes_[0] ^= purpose; }

  Mix& add(BytesView bytes) {
    stir(bytes.size());
    std::size_t place = 0;
    for (; place + 8 <= bytes.size(); place += 8) stir(word(bytes.data() + place, 8));
    if (place < bytes.size()) stir(word(bytes.data() + place, bytes.size() - place));
    return *this;
  }
  template <std::size_t Size>
  [[nodiscard]] std::array<std::uint8_t, Size> result() {
    std::array<std::uint8_t, Size> out{};
    std::uint64_t all =
        lanes_[0] ^ std::rotl(lanes_[1], 16) ^ std::rotl(lanes_[2], 32) ^ std::rotl(lanes_[3], 48);
    for (std::size_t place = 0; place < Size; place += 8) {
      all = finished(all + lanes_[place / 8 % 4] + 0x9e3779b97f4a7c15);
      for (std::size_t i = 0; i < 8; ++i)
        out[place + i] = static_cast<std::uint8_t>(all >> (8 * i));
    }
    return out;
  }

 private:
  static std::uint64_t finished(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Little-endian on every machine.
  static std::uint64_t word(const std::uint8_t* bytes, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }
  void stir(std::uint64_t value) {
    auto& lane = lanes_[next_++ % 4];
    lane = std::rotl((lane ^ value) * 0x9fb21c651e98df25, 29);
  }

  std::array<std::uint64_t, 4> lanes_{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0,
                                      0x082efa98ec4e6c89};  // pi
  std::size_t next_ = 0;
};

enum Purpose : std::uint64_t { mac = 1, aead, shared, signer, signature };

std::array<std::uint8_t, security::aead_tag_bytes> tag(const Key32& key,
                                                       const security::Nonce12& nonce,
                                                       BytesView associated, BytesView text) {
  return Mix(aead).add(key).add(nonce).add(associated).add(text).result<security::aead_tag_bytes>();
}

security::Signature64 signature_of(const Key32& public_key, BytesView message) {
  return Mix(signature).add(public_key).add(message).result<64>();
}

}  // namespace

Duration ModelledCrypto::take_cost() const { return std::exchange(spent_, Duration{}); }

security::Digest32 ModelledCrypto::hmac_sha256(BytesView key, BytesView message) const {
  spent_ += costs_.hmac;
  return Mix(mac).add(key).add(message).result<32>();
}

Bytes ModelledCrypto::aead_seal(const Key32& key, const security::Nonce12& nonce,
                                BytesView associated, BytesView plaintext) const {
  spent_ += costs_.aead + costs_.aead_octet * static_cast<std::int64_t>(plaintext.size());
  Bytes out;
  out.reserve(plaintext.size() + security::aead_tag_bytes);
  append(out, plaintext);
  append(out, tag(key, nonce, associated, plaintext));
  return out;
}

std::optional<Bytes> ModelledCrypto::aead_open(const Key32& key, const security::Nonce12& nonce,
                                               BytesView associated, BytesView ciphertext) const {
  if (ciphertext.size() < security::aead_tag_bytes) return std::nullopt;
  spent_ += costs_.aead + costs_.aead_octet * static_cast<std::int64_t>(ciphertext.size());
  const auto text = ciphertext.first(ciphertext.size() - security::aead_tag_bytes);
  const auto wanted = tag(key, nonce, associated, text);
  if (!std::equal(wanted.begin(), wanted.end(), ciphertext.end() - security::aead_tag_bytes)) {
    return std::nullopt;
  }
  return to_bytes(text);
}

/// The public key is the private one, so that both sides can compute the shared secret.
Key32 ModelledCrypto::x25519_public(const Key32& private_key) const {
  spent_ += costs_.x25519_public;
  Key32 out = private_key;
  for (auto& octet : out) octet ^= 0x5a;
  return out;
}

std::optional<Key32> ModelledCrypto::x25519(const Key32& private_key,
                                            const Key32& public_key) const {
  spent_ += costs_.x25519;
  Key32 own = private_key;
  for (auto& octet : own) octet ^= 0x5a;
  const auto& [low, high] = std::minmax(own, public_key);
  return Mix(shared).add(low).add(high).result<32>();
}

Key32 ModelledCrypto::ed25519_public(const Key32& private_key) const {
  return Mix(signer).add(private_key).result<32>();
}

security::Signature64 ModelledCrypto::ed25519_sign(const Key32& private_key,
                                                   BytesView message) const {
  spent_ += costs_.sign;
  return signature_of(ed25519_public(private_key), message);
}

bool ModelledCrypto::ed25519_verify(const Key32& public_key, BytesView message,
                                    BytesView given) const {
  spent_ += costs_.verify;
  const auto wanted = signature_of(public_key, message);
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end());
}

void ModelledCrypto::add_certificate(BytesView certificate_der) {
  certificates_.insert(security::sha256(certificate_der));
}

bool ModelledCrypto::certificate_chains(BytesView certificate_der) const {
  spent_ += costs_.verify;
  return certificates_.contains(security::sha256(certificate_der));
}

ModelledCryptoScope::ModelledCryptoScope(const ModelledCrypto* model) : used_(model != nullptr) {
  if (used_) security::use_primitives(model);
}

ModelledCryptoScope::~ModelledCryptoScope() {
  if (used_) security::use_primitives(nullptr);
}

}  // namespace muster::sim
