// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/reconciler.hpp"

#include <algorithm>
#include <utility>

namespace muster::overlay {

Precedence precedence_of(Kind kind) {
  switch (kind) {
    case Kind::revocation:
      return Precedence::flash;
    case Kind::sip_binding:
    case Kind::prekey:
    case Kind::certificate:
    case Kind::delegation:
      return Precedence::priority;
    default:
      return Precedence::routine;
  }
}

Reconciler::Reconciler(const RecordTable& table, NodeId self, ReconcilerLimits limits,
                       std::uint64_t seed)
    : table_(table),
      self_(self),
      limits_(limits),
      random_(seed),
      interval_(limits.summary_interval_min) {}

void Reconciler::set_pace(Duration answer_within) {
  const auto slower = [](Duration& limit, Duration than) { limit = std::max(limit, than); };
  slower(limits_.push_after, answer_within / 2);
  slower(limits_.settle_after, answer_within);
  slower(limits_.summary_interval_min, 10 * answer_within);
  slower(limits_.summary_interval_max, 200 * answer_within);
  slower(limits_.want_timeout, 20 * answer_within);
  slower(limits_.exchange_hold, 6 * answer_within);
  slower(limits_.start_after, 2 * answer_within);
  interval_ = std::max(interval_, limits_.summary_interval_min);
}

void Reconciler::set_part(TimePoint now, Part part) {
  if (part == part_) return;
  part_ = part;
  interval_ = limits_.summary_interval_min;
  if (!neighbours_.empty() && !settle_at_) settle_at_ = now + limits_.settle_after;
}

void Reconciler::neighbour_up(TimePoint now, const NodeId& id) {
  if (id == self_) return;
  neighbour_down(now, id);
  if (neighbours_.size() >= limits_.neighbours_max) return;
  if (neighbours_.empty()) first_up_ = now;
  Neighbour& neighbour = neighbours_[id];
  neighbour.id = id;
  neighbour.part = part_;  // until it says otherwise
  neighbour.asked_at = now;
  if (crowded() && now - *first_up_ < limits_.crowd_gathers) {
    // What waits for listeners waits for this one too.
    for (const auto& [other, waiting] : neighbours_) {
      if (other != id) neighbour.pending.insert(waiting.pending.begin(), waiting.pending.end());
    }
  }
  send_summary(neighbour, Summary::Purpose::ask);
  interval_ = limits_.summary_interval_min;
  schedule_summaries(now);
}

void Reconciler::neighbour_down(TimePoint, const NodeId& id) {
  const auto at = neighbours_.find(id);
  if (at == neighbours_.end()) return;
  stop_asking(at->second);
  neighbours_.erase(at);
  if (neighbours_.empty()) summaries_at_.reset();
}

void Reconciler::publish(TimePoint now, const RecordKey& key, std::optional<NodeId> from) {
  const Entry* entry = table_.find(key);
  for (auto& [id, neighbour] : neighbours_) {
    if (from == id) continue;
    if (entry != nullptr && entry->place && part_with(neighbour) == Part::everybodys) continue;
    neighbour.pending.insert(key);
    push_soon(now);
  }
  // Where a phone is now somebody may be about to ask, and nobody else can have said it before us.
  const bool says_where = key.kind == Kind::sip_binding || key.kind == Kind::delegation;
  if (says_where && key.writer == self_ && push_at_) {
    *push_at_ = std::min(*push_at_, now + limits_.push_after);
  }
  news_at_ = now;
  // Who missed it all the same finds out soon.
  if (crowded() && interval_ > limits_.crowd_summary_within) {
    interval_ = limits_.crowd_summary_within;
    schedule_summaries(now);
  }
}

void Reconciler::push_soon(TimePoint now) {
  if (push_at_) return;
  push_at_ = now + limits_.push_after;
  if (!crowded()) return;
  const auto delay_max = limits_.crowd_delay_max * (listeners() / limits_.crowd_min);
  *push_at_ +=
      Duration{static_cast<Duration::rep>(random_.unit() * static_cast<double>(delay_max.count()))};
}

/// Somebody else has just told it: if enough have, those around us will have heard.
void Reconciler::hear_echo(const RecordKey& key) {
  if (!crowded()) return;
  if (++echoes_[key] < limits_.echoes_enough) return;
  for (auto& [id, neighbour] : neighbours_) neighbour.pending.erase(key);
}

void Reconciler::correct(TimePoint now, const RecordKey& key, const NodeId& id) {
  const auto at = neighbours_.find(id);
  if (at == neighbours_.end()) return;
  at->second.pending.insert(key);
  if (!push_at_) push_at_ = now + limits_.push_after;
}

void Reconciler::decline(TimePoint now, const NodeId& from, const Item& item,
                         Decline::Reason reason) {
  if (reason == Decline::Reason::refused) {
    if (refusals_.size() >= limits_.refusals_max) refusals_.erase(refusals_.begin());
    refusals_[item.hash] = {item.version, now + limits_.refusal_remembered};
  }
  const auto at = neighbours_.find(from);
  if (at != neighbours_.end()) at->second.declines.push_back({reason, item.hash, item.version});
}

bool Reconciler::judged(TimePoint now, const NodeId& from) {
  const auto at = neighbours_.find(from);
  if (at == neighbours_.end()) return false;
  Neighbour& neighbour = at->second;
  send_declines(neighbour, std::exchange(neighbour.declines, {}));
  if (!neighbour.asking || !neighbour.asked.empty()) return false;
  ask_next(now, neighbour);
  if (!neighbour.asked.empty()) return false;
  if (neighbour.bulk) settle_at_ = now + limits_.settle_after;
  stop_asking(neighbour);
  send_summary(neighbour, Summary::Purpose::conclude);
  return true;
}

void Reconciler::trust_changed(TimePoint now) {
  if (refusals_.empty()) return;
  refusals_.clear();
  if (!settle_at_) settle_at_ = now + limits_.settle_after;
}

void Reconciler::advance(TimePoint now) {
  if (push_at_ && *push_at_ <= now) push_pending(now);
  for (auto& [id, neighbour] : neighbours_) {
    if (neighbour.asked.empty() || neighbour.asked_until > now) continue;
    ++counters_.want_timeouts;
    if (neighbour.bulk) settle_at_ = now + limits_.settle_after;
    stop_asking(neighbour);
    send_summary(neighbour, Summary::Purpose::ask);
  }
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.start_at || *neighbour.start_at > now) continue;
    if (news_spread(now) && neighbour.start_by && *neighbour.start_by > now) {
      neighbour.start_at = std::min(now + limits_.crowd_quiet, *neighbour.start_by);
    } else {
      start_exchange(now, neighbour);
    }
  }
  if (settle_at_ && *settle_at_ <= now) {
    settle_at_.reset();
    for (auto& [id, neighbour] : neighbours_) {
      if (!neighbour.asking) send_summary(neighbour, Summary::Purpose::tell);
    }
  }
  if (summaries_at_ && *summaries_at_ <= now) send_summaries(now);
}

void Reconciler::send_summaries(TimePoint now) {
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.in_step) send_summary(neighbour, Summary::Purpose::tell);
    neighbour.in_step = false;
  }
  std::erase_if(refusals_, [&](const auto& pair) { return pair.second.until <= now; });
  schedule_summaries(now);
  interval_ = std::min(interval_ * 2, limits_.summary_interval_max);
}

void Reconciler::schedule_summaries(TimePoint now) {
  const auto half = interval_ / 2;
  summaries_at_ =
      now + half +
      Duration{static_cast<Duration::rep>(random_.unit() * static_cast<double>(half.count()))};
}

void Reconciler::push_pending(TimePoint now) {
  if (gathers(now)) {
    push_at_ = now + limits_.crowd_delay_max;
    return;
  }
  push_at_.reset();
  echoes_.clear();
  if (crowded() && neighbours_.size() >= limits_.crowd_listeners_min) push_to_all(now);
  for (auto& [id, neighbour] : neighbours_)
    push(now, neighbour, std::exchange(neighbour.pending, {}));
}

/// What most of them lack: the same message to each, so that one broadcast carries it.
void Reconciler::push_to_all(TimePoint now) {
  std::map<RecordKey, std::size_t> lacking;
  for (const auto& [id, neighbour] : neighbours_)
    for (const RecordKey& key : neighbour.pending) ++lacking[key];
  const std::size_t most = std::min(limits_.crowd_min, neighbours_.size());
  std::set<RecordKey> common;
  for (const auto& [key, count] : lacking)
    if (count + 1 >= most) common.insert(key);
  for (auto& [id, neighbour] : neighbours_) {
    for (const RecordKey& key : common) neighbour.pending.erase(key);
    push(now, neighbour, common);
  }
}

void Reconciler::push(TimePoint now, Neighbour& to, const std::set<RecordKey>& keys) {
  std::array<std::vector<const Entry*>, precedence_count> classes;
  for (const RecordKey& key : keys) {
    if (const Entry* entry = table_.find(key)) {
      classes[static_cast<std::size_t>(precedence_of(key.kind))].push_back(entry);
    }
  }
  for (std::size_t i = precedence_count; i-- > 0;) {
    send_records(now, to, std::move(classes[i]), static_cast<Precedence>(i));
  }
}

std::optional<Reconciler::Send> Reconciler::poll() {
  if (out_.empty()) return std::nullopt;
  Send next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<TimePoint> Reconciler::deadline() const {
  auto next = earlier(earlier(push_at_, settle_at_), summaries_at_);
  for (const auto& [id, neighbour] : neighbours_) {
    if (!neighbour.asked.empty()) next = earlier(next, neighbour.asked_until);
    next = earlier(next, neighbour.start_at);
  }
  return next;
}

void Reconciler::send(const NodeId& to, Bytes message, Precedence precedence) {
  out_.push_back({to, std::move(message), precedence});
}

// Sums and listings go with the records they speak of: were they to overtake them, they would
// report a difference that is about to vanish.
void Reconciler::send_summary(Neighbour& to, Summary::Purpose purpose) {
  send(to.id, encode(Summary{purpose, table_.digest(part_with(to)), part_}), Precedence::routine);
}

void Reconciler::send_declines(Neighbour& to, const std::vector<Decline::Each>& items) {
  for (std::size_t at = 0; at < items.size(); at += Decline::items_max) {
    const auto end = std::min(items.size(), at + Decline::items_max);
    send(to.id,
         encode(Decline{{items.begin() + static_cast<std::ptrdiff_t>(at),
                         items.begin() + static_cast<std::ptrdiff_t>(end)}}),
         Precedence::routine);
  }
}

void Reconciler::send_records(TimePoint now, Neighbour& to, std::vector<const Entry*> entries,
                              Precedence precedence) {
  // Certificates first: those behind them may be the same writer's, unknown so far over there.
  std::stable_partition(entries.begin(), entries.end(), [](const Entry* entry) {
    return entry->record.key().kind == Kind::certificate;
  });
  Records batch;
  std::size_t bytes = 0;
  const std::size_t bytes_max = crowded() ? limits_.crowd_message_bytes : sync_message_bytes_max;
  const auto flush = [&] {
    if (!batch.records.empty()) send(to.id, encode(batch), precedence);
    batch.records.clear();
    bytes = 0;
  };
  for (const Entry* entry : entries) {
    // Rounded up, so that a record handed round in haste does not stay young for ever.
    const auto age = std::max(std::chrono::ceil<std::chrono::seconds>(now - entry->born),
                              std::chrono::seconds{0});
    if (age >= entry->record.lifetime()) continue;
    const std::size_t size = entry->record.bytes() + Records::overhead_bytes;
    if (bytes + size > bytes_max) flush();
    bytes += size;
    batch.records.push_back(
        {static_cast<std::uint32_t>(age.count()), entry->record.body(), entry->record.signature()});
  }
  flush();
}

}  // namespace muster::overlay
