// SPDX-License-Identifier: Apache-2.0
#include "security/static_seal.hpp"

#include <algorithm>

namespace muster::security {
namespace {

Key16 direction(BytesView extracted, const NodeId& from, const NodeId& to) {
  Bytes info = to_bytes(as_bytes("muster brief 1"));
  append(info, from.view());
  append(info, to.view());
  Key16 key{};
  const Bytes expanded = hkdf_expand(extracted, info, key.size());
  std::copy(expanded.begin(), expanded.end(), key.begin());
  return key;
}

}  // namespace

StaticSeal::Peer* StaticSeal::peer(const NodeId& node) {
  const auto certified = peers_.certificate_key(node);
  if (!certified) return nullptr;
  const auto found = known_.find(node);
  if (found != known_.end() && found->second.certified == *certified) return &found->second;
  if (found == known_.end() && known_.size() >= limits_.peers_max) return nullptr;
  const auto shared = x25519(private_.octets, *certified);
  if (!shared) return nullptr;
  const Secret32 secret{*shared};
  const Secret32 extracted{hkdf_extract({}, secret.octets)};
  Peer& made = known_[node];
  made.certified = *certified;
  made.sending = direction(extracted.octets, self_, node);
  made.receiving = direction(extracted.octets, node, self_);
  return &made;
}

std::optional<Bytes> StaticSeal::seal(const NodeId& to, const BootNumber& number,
                                      BytesView plaintext) {
  const Peer* const known = peer(to);
  if (known == nullptr || plaintext.size() > ccm8_plaintext_bytes_max) {
    ++counters_.unknown;
    return std::nullopt;
  }
  ++counters_.sealed;
  return ccm8_seal(known->sending, ccm8_nonce(number.boot, number.number), {}, plaintext);
}

std::optional<Bytes> StaticSeal::open(const NodeId& from, const BootNumber& number,
                                      BytesView sealed) {
  Peer* const known = peer(from);
  if (known == nullptr) {
    ++counters_.unknown;
    return std::nullopt;
  }
  if (known->window.judge(number) == BootWindow::Verdict::repeated) {
    ++counters_.repeated;
    return std::nullopt;
  }
  auto plaintext = ccm8_open(known->receiving, ccm8_nonce(number.boot, number.number), {}, sealed);
  if (!plaintext) {
    ++counters_.forged;
    return std::nullopt;
  }
  // Nobody else has this key: however far ahead its number is, its sender means it.
  known->window.take(number);
  ++counters_.opened;
  return plaintext;
}

BootNumber StaticSeal::whole(const NodeId& from, std::uint8_t boot, std::uint16_t number) const {
  const auto found = known_.find(from);
  return found == known_.end() ? BootNumber{boot, number}
                               : found->second.window.whole(boot, number);
}

}  // namespace muster::security
