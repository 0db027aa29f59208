// SPDX-License-Identifier: Apache-2.0
#include "security/noise_symmetric_state.hpp"

#include <algorithm>
#include <utility>

namespace muster::security {
namespace {

std::pair<Secret32, Secret32> two_keys(const Secret32& chaining_key, BytesView input) {
  Digest32 pseudo_random_key = hkdf_extract(chaining_key.octets, input);
  Bytes output = hkdf_expand(pseudo_random_key, {}, 64);
  std::pair<Secret32, Secret32> keys;
  std::copy_n(output.begin(), 32, keys.first.octets.begin());
  std::copy_n(output.begin() + 32, 32, keys.second.octets.begin());
  cleanse(output);
  cleanse(pseudo_random_key);
  return keys;
}

}  // namespace

Nonce12 noise_nonce(std::uint64_t counter) {
  Nonce12 nonce{};
  for (unsigned i = 0; i < 8; ++i) nonce[4 + i] = static_cast<std::uint8_t>(counter >> (8 * i));
  return nonce;
}

NoiseSymmetricState::NoiseSymmetricState(std::string_view protocol_name) {
  if (protocol_name.size() <= hash_.size()) {
    std::copy(protocol_name.begin(), protocol_name.end(), hash_.begin());
  } else {
    hash_ = sha256(as_bytes(protocol_name));
  }
  chaining_key_ = Secret32{hash_};
}

void NoiseSymmetricState::mix_key(BytesView input_key_material) {
  auto [chaining_key, key] = two_keys(chaining_key_, input_key_material);
  chaining_key_ = chaining_key;
  key_ = key;
  nonce_ = 0;
}

void NoiseSymmetricState::mix_hash(BytesView data) {
  Bytes joined = to_bytes(BytesView{hash_});
  append(joined, data);
  hash_ = sha256(joined);
}

Bytes NoiseSymmetricState::encrypt_and_hash(BytesView plaintext) {
  Bytes out =
      key_ ? aead_seal(key_->octets, noise_nonce(nonce_++), hash_, plaintext) : to_bytes(plaintext);
  mix_hash(out);
  return out;
}

std::optional<Bytes> NoiseSymmetricState::decrypt_and_hash(BytesView ciphertext) {
  std::optional<Bytes> out = key_
                                 ? aead_open(key_->octets, noise_nonce(nonce_++), hash_, ciphertext)
                                 : std::optional<Bytes>(to_bytes(ciphertext));
  if (out) mix_hash(ciphertext);
  return out;
}

NoiseTransportKeys NoiseSymmetricState::split() const {
  const auto [first, second] = two_keys(chaining_key_, {});
  return {first, second};
}

}  // namespace muster::security
