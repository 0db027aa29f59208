// SPDX-License-Identifier: Apache-2.0
#include "security/beacon_seal.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/noise_symmetric_state.hpp"

namespace muster::security {
namespace {

constexpr std::size_t header_bytes = 1 + 16 + 8;

DatagramType type_of(SealUse use) {
  return use == SealUse::beacon ? DatagramType::beacon : DatagramType::direct;
}

std::string_view label_of(SealUse use) {
  return use == SealUse::beacon ? "muster beacon 1" : "muster direct 1";
}

}  // namespace

BeaconSealer::BeaconSealer(const Key32& discovery_key, ports::Random& random, Limits limits,
                           SealUse use)
    : limits_(limits),
      use_(use),
      type_(static_cast<std::uint8_t>(type_of(use))),
      discovery_key_(discovery_key) {
  random.fill(own_.salt);
  own_.key = derive(own_.salt);
}

Secret32 BeaconSealer::derive(const Salt& salt) const {
  Digest32 pseudo_random_key = hkdf_extract(salt, discovery_key_.octets);
  Bytes output = hkdf_expand(pseudo_random_key, as_bytes(label_of(use_)), 32);
  Secret32 key;
  std::copy(output.begin(), output.end(), key.octets.begin());
  cleanse(output);
  cleanse(pseudo_random_key);
  return key;
}

Bytes BeaconSealer::seal(BytesView plaintext) {
  assert(plaintext.size() <= limits_.plaintext_bytes_max);
  const std::uint64_t counter = next_counter_++;
  ByteWriter datagram;
  datagram.u8(type_).raw(own_.salt).u64(counter);
  const Bytes sealed = aead_seal(own_.key.octets, noise_nonce(counter), datagram.view(), plaintext);
  return datagram.raw(sealed).take();
}

bool BeaconSealer::sealed_here(BytesView datagram) const {
  return datagram.size() >= overhead_bytes && datagram[0] == type_ &&
         std::equal(own_.salt.begin(), own_.salt.end(), datagram.begin() + 1);
}

std::optional<Bytes> BeaconSealer::open(BytesView datagram) {
  if (datagram.size() < overhead_bytes || datagram[0] != type_ ||
      datagram.size() > overhead_bytes + limits_.plaintext_bytes_max) {
    ++counters_.malformed;
    return std::nullopt;
  }
  ByteReader reader(datagram.subspan(1));
  SenderKey sender;
  const BytesView salt = reader.raw(sender.salt.size());
  std::copy(salt.begin(), salt.end(), sender.salt.begin());
  const std::uint64_t counter = reader.u64();
  const SenderKey* const known = cached(sender.salt);
  sender.key = known ? known->key : derive(sender.salt);
  auto plaintext = aead_open(sender.key.octets, noise_nonce(counter), datagram.first(header_bytes),
                             reader.remainder());
  if (!plaintext) {
    ++counters_.forged;
    return std::nullopt;
  }
  ++counters_.opened;
  if (!known) remember(sender);
  return plaintext;
}

const BeaconSealer::SenderKey* BeaconSealer::cached(const Salt& salt) const {
  const auto found =
      std::ranges::find_if(heard_, [&](const SenderKey& sender) { return sender.salt == salt; });
  return found == heard_.end() ? nullptr : &*found;
}

/// Only after a beacon was authentic: strangers cannot push neighbours out of the cache.
void BeaconSealer::remember(const SenderKey& sender) {
  if (limits_.cached_keys_max == 0) return;
  if (heard_.size() >= limits_.cached_keys_max) heard_.pop_front();
  heard_.push_back(sender);
}

}  // namespace muster::security
