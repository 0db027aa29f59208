// SPDX-License-Identifier: Apache-2.0
#include "security/sender_keys.hpp"

#include <algorithm>
#include <utility>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/datagram_type.hpp"
#include "security/noise_symmetric_state.hpp"

namespace muster::security {
namespace {

constexpr auto broadcast_type = static_cast<std::uint8_t>(DatagramType::broadcast);
constexpr std::size_t header_bytes = 1 + 4 + 4;
/// The one in use and its successor or its predecessor.
constexpr std::size_t keys_per_sender_max = 2;

/// Which node is meant to have sealed it is part of what is authenticated.
Bytes associated_with(BytesView header, const NodeId& sender) {
  return ByteWriter{}.raw(header).raw(sender.view()).take();
}

}  // namespace

SenderKeys::SenderKeys(const NodeId& self, ports::Random& random, Limits limits)
    : self_(self), random_(random), limits_(limits), own_(make()) {}

SenderKeys::OwnKey SenderKeys::make() {
  OwnKey made;
  random_.fill(made.key.octets);
  std::array<std::uint8_t, 4> id{};
  random_.fill(id);
  made.id = ByteReader(id).u32();
  return made;
}

// ---- our own ------------------------------------------------------------------------------------

Bytes SenderKeys::seal(TimePoint now, BytesView content) {
  advance(now);
  if (!rotate_at_ && !next_) rotate_at_ = now + limits_.rotate_after;
  const std::uint64_t counter = own_.next++;
  if (own_.next == limits_.rotate_after_frames && !next_) rotate_at_ = now;
  ByteWriter datagram;
  datagram.u8(broadcast_type).u32(own_.id).u32(static_cast<std::uint32_t>(counter));
  const Bytes sealed = aead_seal(own_.key.octets, noise_nonce(counter),
                                 associated_with(datagram.view(), self_), content);
  return datagram.raw(sealed).take();
}

SenderKeys::Offer SenderKeys::offer_of(const OwnKey& key) {
  return {key.id, ByteWriter{}.u32(key.id).u64(key.next).raw(key.key.octets).take()};
}

std::vector<SenderKeys::Offer> SenderKeys::offers() const {
  std::vector<Offer> all{offer_of(own_)};
  if (next_) all.push_back(offer_of(*next_));
  return all;
}

void SenderKeys::replace(TimePoint now) {
  next_.reset();
  switch_at_.reset();
  former_id_ = own_.id;
  own_ = make();
  rotate_at_ = now + limits_.rotate_after;
  to_offer_ = offer_of(own_);
}

void SenderKeys::advance(TimePoint now) {
  if (rotate_at_ && *rotate_at_ <= now) {
    rotate_at_.reset();
    next_ = make();
    switch_at_ = now + limits_.head_start;
    to_offer_ = offer_of(*next_);
  }
  if (switch_at_ && *switch_at_ <= now) {
    switch_at_.reset();
    former_id_ = own_.id;
    own_ = std::move(*next_);
    next_.reset();
  }
  for (auto& [sender, keys] : senders_) {
    std::erase_if(keys, [&](const TheirKey& key) { return key.ends && *key.ends <= now; });
  }
}

std::optional<TimePoint> SenderKeys::deadline() const { return earlier(rotate_at_, switch_at_); }

bool SenderKeys::is_own(std::uint32_t id) const {
  return id == own_.id || (next_ && id == next_->id) || (former_id_ != 0 && id == former_id_);
}

// ---- those of the neighbours --------------------------------------------------------------------

bool SenderKeys::learn(TimePoint now, const NodeId& from, BytesView offer) {
  ByteReader reader(offer);
  TheirKey learnt;
  learnt.id = reader.u32();
  learnt.first = reader.u64();
  const BytesView key = reader.raw(learnt.key.octets.size());
  if (!reader.finished()) return false;
  std::copy(key.begin(), key.end(), learnt.key.octets.begin());
  if (!senders_.contains(from) && senders_.size() >= limits_.senders_max) return false;
  auto& keys = senders_[from];
  for (const auto& known : keys) {
    // Told twice: what was opened under it already stays known.
    if (known.id == learnt.id && known.key.octets == learnt.key.octets) return true;
  }
  for (auto& former : keys) {
    if (!former.ends) former.ends = now + limits_.linger;
  }
  if (learnt.first > 0) learnt.window.accept(learnt.first - 1);
  keys.push_back(std::move(learnt));
  if (keys.size() > keys_per_sender_max) keys.erase(keys.begin());
  return true;
}

Result<SenderKeys::Opened, BroadcastError> SenderKeys::open(TimePoint now, BytesView datagram) {
  if (datagram.size() < broadcast_overhead_bytes || datagram[0] != broadcast_type) {
    return tl::make_unexpected(BroadcastError::malformed);
  }
  const std::uint32_t id = ByteReader(datagram.subspan(1)).u32();
  if (is_own(id)) return tl::make_unexpected(BroadcastError::own);
  BroadcastError reason = BroadcastError::unknown_key;
  // Ids are chance values: two neighbours may have the same one.
  for (auto& [sender, keys] : senders_) {
    for (auto& key : keys) {
      if (key.id != id || (key.ends && *key.ends <= now)) continue;
      auto opened = open_under(sender, key, datagram);
      if (opened) return opened;
      reason = opened.error();
    }
  }
  return tl::make_unexpected(reason);
}

Result<SenderKeys::Opened, BroadcastError> SenderKeys::open_under(const NodeId& from, TheirKey& key,
                                                                  BytesView datagram) {
  ByteReader reader(datagram.subspan(1 + 4));
  const std::uint64_t counter = key.window.expand(reader.u32());
  if (counter < key.first || !key.window.would_accept(counter)) {
    return tl::make_unexpected(BroadcastError::replayed);
  }
  auto content = aead_open(key.key.octets, noise_nonce(counter),
                           associated_with(datagram.first(header_bytes), from), reader.remainder());
  if (!content) return tl::make_unexpected(BroadcastError::forged);
  key.window.accept(counter);
  return Opened{from, key.id, std::move(*content)};
}

}  // namespace muster::security
