// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/acquaintances.hpp"

#include <algorithm>

namespace muster::overlay {
namespace {

/// An answer that has not come by then is of no use to anybody.
constexpr std::chrono::seconds answer_life{8};

Place random_place(SeededRandom& random) {
  Place place;
  for (std::size_t i = 0; i < Place::size; ++i) {
    place.octets[i] = static_cast<std::uint8_t>(random.next());
  }
  return place;
}

}  // namespace

Acquaintances::Acquaintances(NodeId self, Limits limits, std::uint64_t seed)
    : self_(self),
      limits_(limits),
      random_(seed),
      table_(self, limits.table),
      times_(limits.answers),
      churn_(limits.churn_memory) {}

void Acquaintances::begin(TimePoint now) {
  active_ = true;
  for (auto& entrance : entrances_) {
    entrance.interval = limits_.entrance_retry_min;
    entrance.next = now;
  }
  refresh_interval_ = limits_.refresh_interval_min;
}

void Acquaintances::end() {
  active_ = false;
  table_ = BucketTable(self_, limits_.table);
  strangers_.clear();
  asked_.clear();
  out_.clear();
  wanted_.clear();
  check_at_.reset();
  refresh_at_.reset();
}

void Acquaintances::add_entrance(TimePoint now, const LinkPath& path) {
  const bool known = std::any_of(entrances_.begin(), entrances_.end(),
                                 [&](const Entrance& each) { return each.path == path; });
  if (known || entrances_.size() >= limits_.entrances_max) return;
  entrances_.push_back({path, limits_.entrance_retry_min, now});
}

Duration Acquaintances::jittered(Duration interval) {
  const auto spread = static_cast<std::uint64_t>(interval.count() / 4 + 1);
  return interval - interval / 8 + Duration{static_cast<Duration::rep>(random_.below(spread))};
}

Duration Acquaintances::timeout(const NodeId& node, unsigned attempt) const {
  const auto* entry = table_.find(node);
  return times_.timeout(entry == nullptr ? nullptr : &entry->round_trip, attempt);
}

Duration Acquaintances::until_gone(TimePoint now, double share, Duration least,
                                   Duration most) const {
  const double rate = departures(now);
  if (rate <= 0) return most;
  const double seconds = std::min(share / rate, 1e6);
  const auto span = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  return std::clamp(span, least, most);
}

void Acquaintances::heard(TimePoint now, const Contact& contact) {
  if (!active_ || contact.id == self_) return;
  if (auto* entry = table_.find(contact.id)) {
    // From another address it may be anybody: its answers decide.
    if (entry->contact.path == contact.path) entry->heard_at = now;
    return;
  }
  if (!table_.wants(contact.id) || strangers_.size() >= limits_.strangers_max) return;
  strangers_.try_emplace(contact.id, Stranger{contact.path, 0, now});
}

void Acquaintances::answered(TimePoint now, const Contact& contact, std::optional<Duration> took) {
  if (took) times_.answered(*took);
  if (!active_ || contact.id == self_) return;
  strangers_.erase(contact.id);
  const bool first = table_.size() == 0;
  auto* entry = table_.answered(now, contact, limits_.answers.round_trip);
  if (entry != nullptr && took) entry->round_trip.sample(*took);
  if (entry == nullptr) return;
  check_at_ = earlier(check_at_, now + limits_.check_interval_min);
  if (first) {
    refresh_interval_ = limits_.refresh_interval_min;
    refresh_at_ = now;
  }
}

void Acquaintances::gone(TimePoint now, const NodeId& node) {
  if (table_.lost(node)) churn_.departed(now);
}

void Acquaintances::silent(TimePoint now, const NodeId& node) {
  times_.silent();
  auto* entry = table_.find(node);
  if (entry == nullptr) return;
  ++entry->silences;
  if (entry->silences >= times_.silences_allowed()) return gone(now, node);
  // One silence says little: it is asked again soon.
  check_at_ = earlier(check_at_, now);
}

bool Acquaintances::receive(TimePoint now, const Contact& from, const Ask& ask) {
  const auto found = asked_.find(ask.question);
  if (found == asked_.end()) return false;
  if (found->second.path != from.path) return false;
  if (found->second.node && *found->second.node != from.id) return false;
  const Duration took = now - found->second.at;
  asked_.erase(found);
  answered(now, from, took);
  return true;
}

void Acquaintances::ask(TimePoint now, const LinkPath& to, std::optional<NodeId> node) {
  // Not in order, so that who is asked one does not know the next.
  const auto question = static_cast<std::uint32_t>(random_.next());
  asked_.insert_or_assign(question, Asked{now, to, node});
  out_.push_back({to, encode(Seek{{question, 0}, {}, 0, {}})});
}

void Acquaintances::ask_entrances(TimePoint now) {
  for (auto& entrance : entrances_) {
    if (entrance.next > now) continue;
    const bool alone = table_.size() == 0;
    ask(now, entrance.path, std::nullopt);
    entrance.next =
        now + (alone ? jittered(entrance.interval) : jittered(limits_.entrance_again_after));
    entrance.interval = std::min(entrance.interval * 3 / 2, limits_.entrance_retry_max);
  }
}

void Acquaintances::ask_strangers(TimePoint now) {
  for (auto at = strangers_.begin(); at != strangers_.end();) {
    auto& [id, stranger] = *at;
    if (stranger.next > now) {
      ++at;
    } else if (stranger.askings >= limits_.stranger_askings_max || !table_.wants(id)) {
      at = strangers_.erase(at);
    } else {
      ask(now, stranger.path, id);
      stranger.next = now + times_.timeout(nullptr, stranger.askings++);
      ++at;
    }
  }
}

/// Who was heard of lately need not be asked.
void Acquaintances::check_contacts(TimePoint now) {
  if (!check_at_ || *check_at_ > now) return;
  check_at_.reset();
  const auto interval = until_gone(now, 2 * limits_.gone_unnoticed, limits_.check_interval_min,
                                   limits_.check_interval_max);
  std::vector<NodeId> silent;
  for (auto& entry : table_.entries()) {
    const auto& id = entry.contact.id;
    if (entry.asked_at) {
      const TimePoint due = *entry.asked_at + times_.timeout(&entry.round_trip, entry.silences);
      if (due > now) {
        check_at_ = earlier(check_at_, due);
        continue;
      }
      times_.silent();
      if (++entry.silences >= times_.silences_allowed()) {
        silent.push_back(id);
        continue;
      }
    } else if (entry.silences == 0 && entry.heard_at + interval > now) {
      check_at_ = earlier(check_at_, entry.heard_at + interval);
      continue;
    }
    entry.asked_at = now;
    ask(now, entry.contact.path, id);
    check_at_ = earlier(check_at_, now + times_.timeout(&entry.round_trip, entry.silences));
  }
  for (const auto& id : silent) gone(now, id);
}

void Acquaintances::forget_asked(TimePoint now) {
  for (auto at = asked_.begin(); at != asked_.end();) {
    at = now - at->second.at > answer_life ? asked_.erase(at) : std::next(at);
  }
}

/// Its own corner, and one of the buckets in turn.
void Acquaintances::refresh(TimePoint now) {
  if (!refresh_at_ || *refresh_at_ > now) return;
  forget_asked(now);
  if (table_.size() > 0) {
    wanted_.push_back({*Place::from(self_.view())});
    if (const auto levels = table_.levels(); levels > 0) {
      refreshed_level_ = (refreshed_level_ + 1) % levels;
      wanted_.push_back({table_.place_in(refreshed_level_, random_place(random_))});
    }
  }
  refresh_at_ = now + jittered(refresh_interval_);
  refresh_interval_ = std::min(3 * refresh_interval_, limits_.refresh_interval_max);
}

void Acquaintances::advance(TimePoint now) {
  if (!active_) return;
  ask_entrances(now);
  ask_strangers(now);
  check_contacts(now);
  refresh(now);
}

std::optional<Acquaintances::Send> Acquaintances::poll() {
  if (out_.empty()) return std::nullopt;
  Send next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<Acquaintances::Wanted> Acquaintances::poll_wanted() {
  if (wanted_.empty()) return std::nullopt;
  const Wanted next = wanted_.front();
  wanted_.pop_front();
  return next;
}

std::optional<TimePoint> Acquaintances::deadline() const {
  if (!active_) return std::nullopt;
  auto next = earlier(check_at_, refresh_at_);
  for (const auto& entrance : entrances_) next = earlier(next, entrance.next);
  for (const auto& [id, stranger] : strangers_) next = earlier(next, stranger.next);
  return next;
}

}  // namespace muster::overlay
