// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/directory.hpp"

#include <algorithm>
#include <cassert>

namespace muster::overlay {

Directory::Directory(NodeId self, ports::Signer& signer, ports::RecordPolicy& policy,
                     ports::RecordStore& store, ports::Digest& digest, Limits limits,
                     std::uint64_t seed)
    : self_(self),
      signer_(signer),
      policy_(policy),
      store_(store),
      digest_(digest),
      limits_(limits),
      random_(seed),
      table_(digest),
      reconciler_(table_, self, limits.reconciler, random_.next()),
      write_rate_(limits.write_rate),
      members_(self, limits.members),
      look_ups_(self, members_, limits.look_ups, random_.next()),
      acquaintances_(self, limits.acquaintances, seed ^ 0x6163717561),
      searches_(self, acquaintances_, limits.searches, seed ^ 0x736561726368),
      replicas_(self, table_, members_, acquaintances_, limits.replicas, random_.next()),
      membership_choice_(limits.membership),
      spread_choice_(limits.spread),
      churn_(limits.churn_memory),
      rewrite_pause_(limits.rewrite_pause_min) {}

void Directory::start(TimePoint now, std::uint32_t boot) {
  auto all = store_.load_all();
  // Certificates first: the policy may learn from them whose signatures the others bear. Then
  // delegations: it learns from them who may have written what.
  const auto rank = [](const ports::StoredRecord& stored) {
    const auto key = RecordKey::decode(stored.key);
    if (key && key->kind == Kind::certificate) return 0;
    return key && key->kind == Kind::delegation ? 1 : 2;
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const auto& stored : all) load(now, stored);
  highest_epoch_ = std::max(highest_epoch_, boot == 0 ? 0 : boot - 1);
  listen_until_ = now + limits_.listen_before_writing;
  claim_until_ = now + limits_.claim_within;
  choose_spread(now);
}

void Directory::load(TimePoint now, const ports::StoredRecord& stored) {
  const auto key = RecordKey::decode(stored.key);
  const Version version{stored.epoch, stored.sequence};
  if (key && key->writer == self_) saw_own(version);
  if (key && stored.body.empty()) return table_.set_floor(*key, version);
  auto record = Record::parse(stored.body, stored.signature);
  // The kit may have changed since, and disks fail: what is loaded is judged like what is heard.
  if (!key || !record || record->key() != *key || !authentic(*record)) {
    ++counters_.unreadable_stored;
    if (!store_.erase(stored.key)) ++counters_.store_failures;
    return;
  }
  const TimePoint born = now - std::chrono::seconds{stored.age_s};
  schedule_expiry(born + record->lifetime());
  const auto place = place_of(*record);
  note_member(now, table_.hold(std::move(*record), born, key->writer != self_, place));
}

bool Directory::authentic(const Record& record) {
  const RecordKey& key = record.key();
  if (!policy_.may_write(static_cast<std::uint16_t>(key.kind), key.resource, key.writer)) {
    ++counters_.not_allowed;
    return false;
  }
  if (!policy_.verify(key.writer, Record::signed_text(record.body()), record.signature())) {
    ++counters_.bad_signature;
    return false;
  }
  if (!record.deleted() &&
      !policy_.sound(static_cast<std::uint16_t>(key.kind), key.resource, record.value())) {
    ++counters_.unsound;
    return false;
  }
  return true;
}

RecordView Directory::view(const Entry& entry) const {
  const Record& record = entry.record;
  return {record.key().kind,   record.key().resource,
          record.key().writer, record.version(),
          record.value(),      entry.born,
          record.lifetime(),   record.key().writer == self_,
          entry.stale};
}

std::vector<RecordView> Directory::find(Kind kind, std::string_view resource) const {
  std::vector<RecordView> found;
  const auto& entries = table_.entries();
  for (auto at = entries.lower_bound({kind, std::string(resource), {}});
       at != entries.end() && at->first.kind == kind && at->first.resource == resource; ++at) {
    if (!at->second.record.deleted()) found.push_back(view(at->second));
  }
  return found;
}

std::vector<RecordView> Directory::all(Kind kind) const {
  std::vector<RecordView> found;
  const auto& entries = table_.entries();
  for (auto at = entries.lower_bound({kind, {}, {}}); at != entries.end() && at->first.kind == kind;
       ++at) {
    if (!at->second.record.deleted()) found.push_back(view(at->second));
  }
  return found;
}

void Directory::neighbour_up(TimePoint now, const NodeId& neighbour) {
  reconciler_.neighbour_up(now, neighbour);
}

void Directory::neighbour_down(TimePoint now, const NodeId& neighbour) {
  reconciler_.neighbour_down(now, neighbour);
}

void Directory::keep(TimePoint now, Record record, TimePoint born, bool stale, bool cached) {
  const auto age =
      std::max(std::chrono::ceil<std::chrono::seconds>(now - born), std::chrono::seconds{0});
  const Entry* before = table_.find(record.key());
  // What is kept here stays so, however news of it came.
  cached = cached && (before == nullptr || before->cached_until);
  if (!cached) {
    const ports::StoredRecord stored{
        record.key().encode(),     record.version().epoch,
        record.version().sequence, static_cast<std::uint32_t>(age.count()),
        record.shared_body(),      record.shared_signature()};
    // Held all the same: the neighbours are the other half of the storage.
    if (!store_.put(stored)) ++counters_.store_failures;
  }
  const auto place = place_of(record);
  const Entry& entry = table_.hold(std::move(record), born, stale, place);
  if (cached) {
    table_.keep_until(entry.record.key(), now + limits_.found_kept_for,
                      now + limits_.found_fresh_for);
  }
  schedule_expiry(entry.gone_at());
  note_member(now, entry);
  changed(entry.record.key(), entry.record.deleted());
  if (spread_ == Spread::everybody) choose_spread(now);
}

void Directory::schedule_expiry(TimePoint expires) {
  next_expiry_ = earlier(next_expiry_, expires);
}

void Directory::expire(TimePoint now) {
  std::vector<RecordKey> over;
  std::vector<RecordKey> forgotten;
  std::optional<TimePoint> next;
  for (const auto& [key, entry] : table_.entries()) {
    if (entry.gone_at() > now) {
      next = earlier(next, entry.gone_at());
    } else {
      (entry.expires() <= now ? over : forgotten).push_back(key);
    }
  }
  for (const RecordKey& key : over) retire(key);
  for (const RecordKey& key : forgotten) {
    table_.drop(key);
    changed(key, true);
  }
  next_expiry_ = next;
}

void Directory::retire(const RecordKey& key) {
  const bool was_deleted = table_.find(key)->record.deleted();
  if (key.kind == Kind::node) members_.left(key.writer);
  const auto floor = table_.retire(key);
  if (!store_.put({key.encode(), floor->version.epoch, floor->version.sequence, 0, {}, {}})) {
    ++counters_.store_failures;
  }
  while (const auto forgotten = table_.forget_floor_above(limits_.floors_max)) {
    if (!store_.erase(forgotten->encode())) ++counters_.store_failures;
  }
  if (!was_deleted) changed(floor->key, true);
}

void Directory::changed(const RecordKey& key, bool deleted) {
  out_.emplace_back(Changed{key.kind, key.resource, key.writer, deleted});
}

std::optional<Version> Directory::highest(KeyHash hash) const {
  auto version = table_.floor(hash);
  for (const auto* entry : table_.find_hash(hash)) {
    if (!version || entry->record.version() > *version) version = entry->record.version();
  }
  return version;
}

void Directory::advance(TimePoint now) {
  if (listen_until_ && *listen_until_ <= now) end_listening(now);
  if (next_expiry_ && *next_expiry_ <= now) expire(now);
  write_wishes(now);
  if (claim_until_ && *claim_until_ <= now) withdraw_unclaimed(now);
  reconciler_.advance(now);
  look_ups_.advance(now);
  replicas_.advance(now);
  if (direct_) advance_searches(now);
  if (upkeep_at_ && *upkeep_at_ <= now) keep_up(now);
}

std::optional<Directory::Output> Directory::poll() {
  if (!out_.empty()) {
    Output next = std::move(out_.front());
    out_.pop_front();
    auto* send = std::get_if<SendToNode>(&next);
    if (send != nullptr && spread_ == Spread::closest) set_sender_places(send->message);
    return next;
  }
  if (auto send = reconciler_.poll()) {
    return Send{send->to, std::move(send->message), send->precedence};
  }
  if (const auto ended = look_ups_.poll_ended()) return *ended;
  if (auto send = searches_.poll()) {
    return SendToNode{send->to.id, std::move(send->message), Precedence::priority, send->records,
                      std::move(send->to.path)};
  }
  if (auto send = acquaintances_.poll()) {
    return SendToNode{
        {}, std::move(send->message), Precedence::routine, false, std::move(send->to)};
  }
  if (auto send = look_ups_.poll()) {
    if (spread_ == Spread::closest) set_sender_places(send->message);
    return SendToNode{send->to, std::move(send->message), Precedence::priority, true};
  }
  if (auto send = replicas_.poll()) {
    if (spread_ == Spread::closest) set_sender_places(send->message);
    return SendToNode{send->to, std::move(send->message), send->precedence, false,
                      std::move(send->path)};
  }
  return std::nullopt;
}

std::optional<TimePoint> Directory::deadline() const {
  auto next = earlier(earlier(listen_until_, next_expiry_), earlier(claim_until_, rewrite_at_));
  next = earlier(next, reconciler_.deadline());
  next = earlier(earlier(next, upkeep_at_), earlier(look_ups_.deadline(), replicas_.deadline()));
  if (direct_) {
    next = earlier(earlier(next, membership_at_), acquaintances_.deadline());
    next = earlier(next, searches_.deadline());
    for (const auto& [place, placement] : placements_) {
      if (!placement.search) next = earlier(next, placement.due);
    }
  }
  if (listen_until_) return next;
  for (const auto& [key, wish] : wishes_) {
    if (wish.written) next = earlier(next, wish.renew_at);
  }
  return next;
}

}  // namespace muster::overlay
