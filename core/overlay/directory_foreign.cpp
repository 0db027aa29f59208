// SPDX-License-Identifier: Apache-2.0
// What others say: judged before it is stored, answered or forwarded.
#include <algorithm>

#include "core/overlay/directory.hpp"

namespace muster::overlay {

void Directory::receive(TimePoint now, const NodeId& from, BytesView message) {
  auto heard = reconciler_.receive(now, from, message);
  place_if_anybody_does(now);
  if (heard.in_step) table_.confirm_all();
  for (const KeyHash hash : heard.confirmed) table_.confirm(hash);
  for (const auto& declined : heard.declined) drop_declined_stale(declined);
  for (auto& arrived : heard.records) judge(now, from, std::move(arrived));
  const bool caught_up = reconciler_.judged(now, from) || heard.caught_up;
  if (listen_until_ && caught_up) end_listening(now);
}

void Directory::judge(TimePoint now, const NodeId& from, Reconciler::Arrived arrived) {
  const Item item = arrived.item;
  switch (verdict(now, from, arrived)) {
    case Verdict::taken: {
      ++counters_.accepted;
      const RecordKey key = arrived.record.key();
      const Version version = arrived.record.version();
      const TimePoint written = now - arrived.age;
      keep(now, std::move(arrived.record), written, false);
      if (!arrived.bulk) publish(now, key, from);
      if (key.writer == self_) {
        if (began_ && written > *began_ + limits_.clone_margin) cloned(key, version);
        overtaken(now, key, version);
      }
      return;
    }
    case Verdict::known:
      ++counters_.known;
      return;
    case Verdict::too_often:
      ++counters_.too_often;
      return;
    case Verdict::expired:
      ++counters_.expired;
      return reconciler_.decline(now, from, item, Decline::Reason::expired);
    case Verdict::refused:
      return reconciler_.decline(now, from, item, Decline::Reason::refused);
  }
}

Directory::Verdict Directory::verdict(TimePoint now, const NodeId& from,
                                      const Reconciler::Arrived& arrived) {
  const Record& record = arrived.record;
  const RecordKey& key = record.key();
  const Entry* held = table_.find(key);
  if (held && held->record.version() >= record.version()) {
    return compare(now, from, *held, arrived);
  }
  const auto floor = table_.floor(key);
  if (floor && *floor >= record.version()) return Verdict::expired;
  if (arrived.age >= record.lifetime()) return Verdict::expired;
  if (record.lifetime() > limits_.lifetime_max || !room_for(record)) {
    ++counters_.over_limits;
    return Verdict::refused;
  }
  // The signature is the dear part, so it comes last; the rate counts only what is genuine.
  if (!authentic(record)) return Verdict::refused;
  if (key.writer != self_ && !write_rate_.allow(now, key.writer)) return Verdict::too_often;
  return Verdict::taken;
}

Directory::Verdict Directory::compare(TimePoint now, const NodeId& from, const Entry& held,
                                      const Reconciler::Arrived& arrived) {
  const RecordKey& key = held.record.key();
  if (arrived.item == held.item) {
    table_.confirm(held.item.hash);
    table_.grow_older(key, now - arrived.age);
    schedule_expiry(held.gone_at());
    return Verdict::known;
  }
  if (held.record.version() > arrived.record.version()) {
    reconciler_.correct(now, key, from);
    return Verdict::known;
  }
  if (!authentic(arrived.record)) return Verdict::refused;
  cloned(key, held.record.version());
  if (key.writer == self_) overtaken(now, key, held.record.version());
  // Any rule will do as long as all nodes have the same one.
  if (arrived.item.check > held.item.check) return Verdict::taken;
  reconciler_.correct(now, key, from);
  return Verdict::known;
}

void Directory::cloned(const RecordKey& key, Version version) {
  ++counters_.clones;
  out_.emplace_back(Alarm{key.kind, key.resource, key.writer, version});
}

bool Directory::room_for(const Record& record) const {
  const Entry* held = table_.find(record.key());
  const std::size_t freed = held ? held->record.bytes() : 0;
  if (table_.bytes() - freed + record.bytes() > limits_.bytes_max) return false;
  if (held) return true;
  return table_.size() < limits_.records_max &&
         table_.written_by(record.key().writer) < limits_.records_per_writer_max;
}

/// A neighbour that was awake while we were off says it has expired. Only what we have from disk
/// and nobody confirmed is dropped on such a word, which is not signed.
void Directory::drop_declined_stale(const Decline::Each& declined) {
  if (declined.reason != Decline::Reason::expired) return;
  for (const Entry* entry : table_.find_hash(declined.hash)) {
    if (entry->stale && entry->record.version() <= declined.version) {
      const RecordKey key = entry->record.key();
      retire(key);
    }
  }
}

}  // namespace muster::overlay
