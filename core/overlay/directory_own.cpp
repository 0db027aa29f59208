// SPDX-License-Identifier: Apache-2.0
// What this node writes itself.
#include <algorithm>
#include <cassert>
#include <limits>

#include "core/overlay/directory.hpp"

namespace muster::overlay {

bool Directory::put(TimePoint now, Kind kind, std::string_view resource, BytesView value,
                    std::chrono::seconds lifetime) {
  const Record::Content shape{
      {kind, std::string(resource), self_}, {}, lifetime, false, to_bytes(value)};
  if (lifetime > limits_.lifetime_max || !Record::encode_body(shape)) return false;
  const OwnKey key{kind, std::string(resource)};
  const auto at = wishes_.find(key);
  if (at == wishes_.end() && wishes_.size() >= limits_.records_per_writer_max) return false;
  if (at != wishes_.end() && !at->second.deleted && at->second.lifetime == lifetime &&
      at->second.value == shape.value) {
    return true;
  }
  wishes_[key] = Wish{shape.value, lifetime, false, {}, false};
  write_wishes(now);
  return true;
}

void Directory::remove(TimePoint now, Kind kind, std::string_view resource) {
  const OwnKey key{kind, std::string(resource)};
  const Entry* held = table_.find({kind, key.second, self_});
  const auto wish = wishes_.find(key);
  if (!held && wish == wishes_.end()) return;
  if (held && held->record.deleted() && wish == wishes_.end()) return;
  auto lifetime = limits_.tombstone_lifetime_min;
  // It must outlive every copy of what it removes.
  if (held) lifetime = std::max(lifetime, held->record.lifetime());
  if (!held && !listen_until_) {
    wishes_.erase(wish);
    return;
  }
  wishes_[key] = Wish{{}, lifetime, true, {}, false};
  write_wishes(now);
}

void Directory::saw_own(Version version) {
  highest_epoch_ = std::max(highest_epoch_, version.epoch);
}

/// Above every version of ours that was ever seen. (Only a thief of our key can use up 2^32 epochs;
/// then nothing here helps.)
void Directory::take_epoch() {
  constexpr auto last = std::numeric_limits<std::uint32_t>::max();
  epoch_ = highest_epoch_ == last ? last : highest_epoch_ + 1;
  highest_epoch_ = epoch_;
  sequence_ = 0;
}

void Directory::end_listening(TimePoint now) {
  listen_until_.reset();
  began_ = now;
  take_epoch();
  write_wishes(now);
}

void Directory::write_wishes(TimePoint now) {
  if (listen_until_ || epoch_ == 0) return;
  if (rewrite_at_ && *rewrite_at_ <= now) {
    rewrite_at_.reset();
    rewrite_not_before_ = now + rewrite_pause_;
    rewrite_pause_ = std::min(rewrite_pause_ * 2, limits_.rewrite_pause_max);
    ++counters_.rewritten;
    take_epoch();
  }
  // While a rewrite waits nothing is written: it would be below the version heard of.
  if (rewrite_at_) return;
  for (auto at = wishes_.begin(); at != wishes_.end();) {
    Wish& wish = at->second;
    if (!wish.written || wish.renew_at <= now) write(now, at->first, wish);
    at = wish.deleted ? wishes_.erase(at) : std::next(at);
  }
}

void Directory::write(TimePoint now, const OwnKey& own, Wish& wish) {
  const RecordKey key{own.first, own.second, self_};
  const Version version{epoch_, ++sequence_};
  const auto body = Record::encode_body({key, version, wish.lifetime, wish.deleted, wish.value});
  assert(body);
  auto record = Record::parse(*body, signer_.sign(Record::signed_text(*body)));
  assert(record);
  keep(now, std::move(*record), now, false);
  publish(now, key, std::nullopt);
  wish.written = true;
  // Between half and two thirds of the lifetime, so that nodes started together drift apart and a
  // renewal that meets a partition has time to be repeated by anti-entropy.
  wish.renew_at =
      now + std::chrono::duration_cast<Duration>(wish.lifetime * (0.5 + random_.unit() / 6));
}

void Directory::withdraw_unclaimed(TimePoint now) {
  claim_until_.reset();
  std::vector<RecordKey> unclaimed;
  for (const auto& [key, entry] : table_.entries()) {
    if (key.writer != self_ || entry.record.deleted()) continue;
    if (!wishes_.contains({key.kind, key.resource})) unclaimed.push_back(key);
  }
  for (const RecordKey& key : unclaimed) remove(now, key.kind, key.resource);
}

void Directory::overtaken(TimePoint now, const RecordKey& key, Version version) {
  saw_own(version);
  const auto wish = wishes_.find({key.kind, key.resource});
  if (wish != wishes_.end()) wish->second.written = false;
  if (wish == wishes_.end() && !claim_until_) claim_until_ = now + limits_.claim_within;
  if (listen_until_ || rewrite_at_) return;
  if (now - rewrite_not_before_ > 10 * rewrite_pause_) rewrite_pause_ = limits_.rewrite_pause_min;
  rewrite_at_ = std::max(now, rewrite_not_before_);
}

}  // namespace muster::overlay
