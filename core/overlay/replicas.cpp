// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/replicas.hpp"

#include <algorithm>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {
Replicas::Replicas(NodeId self, const RecordTable& table, Members& members,
                   Acquaintances& acquaintances, Limits limits, std::uint64_t seed)
    : self_(self),
      table_(table),
      members_(members),
      acquaintances_(acquaintances),
      limits_(limits),
      next_question_(static_cast<std::uint32_t>(SeededRandom(seed).next())) {}

void Replicas::set_copies(TimePoint now, std::size_t copies) {
  if (copies == copies_) return;
  copies_ = copies;
  if (!review_at_ && !searched_) review_at_ = now + limits_.review_after;
}

void Replicas::set_searched(bool searched) {
  searched_ = searched;
  review_at_.reset();
  found_.clear();
  reviewed_generation_ = members_.generation();
}

void Replicas::place_found(TimePoint now, const Place& place, std::vector<Contact> holders) {
  found_[place] = std::move(holders);
  bool any = false;
  for (auto at = charges_.begin(); at != charges_.end();) {
    auto& [key, charge] = *at;
    if (table_.find(key) == nullptr) {
      at = charges_.erase(at);
      continue;
    }
    if (charge.place == place) {
      any = true;
      charge.there.clear();
      aim(now, key, charge, true);
    }
    ++at;
  }
  if (!any) found_.erase(place);
}

Duration Replicas::timeout(const NodeId& node, unsigned attempt) const {
  return searched_ ? acquaintances_.timeout(node, attempt) : members_.timeout(node, attempt);
}

void Replicas::heard(TimePoint now, const NodeId& node, std::optional<Duration> took) {
  if (!searched_) return members_.heard(node, took);
  const auto errand = errands_.find(node);
  if (errand == errands_.end() || !errand->second.path) return;
  acquaintances_.answered(now, {node, *errand->second.path}, took);
}

std::vector<Replicas::Target> Replicas::targets(const Charge& charge) const {
  std::vector<Target> all;
  if (searched_) {
    const auto found = found_.find(charge.place);
    if (found == found_.end()) return all;
    for (const auto& contact : found->second) all.push_back({contact.id, contact.path});
    return all;
  }
  for (const auto& node : members_.closest(charge.place, copies_)) all.push_back({node, {}});
  for (const auto& node : charge.also) {
    if (members_.is_member(node) && members_.is_reachable(node)) all.push_back({node, {}});
  }
  return all;
}

void Replicas::charge(TimePoint now, const RecordKey& key, std::vector<NodeId> also, bool propose) {
  const Entry* entry = table_.find(key);
  if (entry == nullptr || !entry->place) return;
  if (!charges_.contains(key) && charges_.size() >= limits_.charges_max) {
    ++counters_.over_limit;
    return;
  }
  auto& charge = charges_[key];
  charge.place = *entry->place;
  charge.also = std::move(also);
  aim(now, key, charge, propose);
}

void Replicas::discharge(const RecordKey& key) {
  if (charges_.erase(key) == 0) return;
  for (auto& [node, errand] : errands_) errand.pending.erase(key);
}

void Replicas::discharge_all() {
  charges_.clear();
  errands_.clear();
  found_.clear();
}

/// Who is to hold it now, and is not known to.
void Replicas::aim(TimePoint now, const RecordKey& key, Charge& charge, bool propose) {
  const Entry* entry = table_.find(key);
  if (entry == nullptr) return;
  for (const auto& [node, path] : targets(charge)) {
    if (node == self_) continue;
    const auto held = charge.there.find(node);
    if (held != charge.there.end() && held->second >= entry->record.version()) continue;
    auto& errand = errands_[node];
    errand.path = path;
    // What was to be proposed in an older version is stored: nobody has the new one.
    const auto [pending, is_new] = errand.pending.try_emplace(key, propose);
    if (!is_new) pending->second = pending->second && propose;
    if (is_new && !errand.asking) errand.due = std::max(errand.due, now);
    // News does not wait for as long as a silence has lasted.
    if (is_new && !propose && errand.asking && !patient(errand)) {
      errand.silences = 0;
      errand.due = now;
    }
  }
}

void Replicas::doubt(TimePoint now, const NodeId& node) {
  if (const auto errand = errands_.find(node); errand != errands_.end()) {
    errand->second.silences = 0;
    errand->second.refusals = 0;
    errand->second.due = now;
  }
  for (auto& [key, charge] : charges_) charge.there.erase(node);
  if (!review_at_) review_at_ = now + limits_.review_after;
}

void Replicas::review(TimePoint now) {
  if (searched_) return review_at_.reset();
  reviewed_generation_ = members_.generation();
  review_at_.reset();
  // Nobody is asked for what he is no more to hold.
  for (auto& [node, errand] : errands_) {
    if (!errand.asking && !members_.is_reachable(node)) errand.pending.clear();
  }
  for (auto at = charges_.begin(); at != charges_.end();) {
    if (table_.find(at->first) == nullptr) {
      at = charges_.erase(at);
      continue;
    }
    std::erase_if(at->second.there, [&](auto& held) { return !members_.is_member(held.first); });
    aim(now, at->first, at->second, true);
    ++at;
  }
}

/// What is to be stored, as much as one message holds; what is only to be proposed when nothing
/// else is left.
std::optional<Replicas::Asking> Replicas::next_asking(TimePoint now, Errand& errand) {
  std::erase_if(errand.pending, [&](const auto& each) {
    const Entry* entry = table_.find(each.first);
    return entry == nullptr || entry->expires() <= now;
  });
  const bool proposing = std::all_of(errand.pending.begin(), errand.pending.end(),
                                     [](const auto& each) { return each.second; });
  std::vector<const Entry*> entries;
  for (const auto& [key, propose] : errand.pending) {
    if (propose == proposing) entries.push_back(table_.find(key));
  }
  // What others' signatures and rights hang on goes first.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return judged_before(a->record.key().kind, b->record.key().kind);
  });
  Asking asking;
  asking.question = next_question_++;
  const Ask ask{asking.question, 0};
  Proposal proposal{ask, {}};
  Store store{ask, {}};
  std::size_t bytes = 0;
  for (const Entry* entry : entries) {
    if (proposing && proposal.items.size() == Proposal::items_max) break;
    const auto size = entry->record.bytes() + record_in_message_overhead;
    if (!proposing && bytes != 0 && bytes + size > limits_.store_bytes_max) continue;
    bytes += size;
    asking.what.emplace_back(entry->record.key(), entry->record.version());
    if (proposing) {
      proposal.items.push_back(entry->item);
    } else {
      store.records.push_back(in_message(now, *entry));
    }
  }
  if (asking.what.empty()) return std::nullopt;
  asking.precedence = proposing ? Precedence::routine : Precedence::priority;
  asking.message = proposing ? encode(proposal) : encode(store);
  return asking;
}

void Replicas::ask(TimePoint now, const NodeId& to, Errand& errand) {
  if (errand.asking) {
    ++errand.asking->attempt;
    set_attempt(errand.asking->message, errand.asking->attempt);
  } else {
    errand.asking = next_asking(now, errand);
  }
  if (!errand.asking) return;
  errand.asking->asked_at = now;
  if (!searched_) members_.asked(now, to);
  Duration wait = timeout(to, errand.silences);
  for (unsigned i = limits_.patience; i < errand.silences && wait < limits_.retry_max; ++i) {
    wait = wait * 3 / 2;
  }
  errand.due = now + std::min<Duration>(wait, limits_.retry_max);
  ++errand.silences;
  out_.push_back({to, errand.asking->message, errand.asking->precedence, errand.path});
}

void Replicas::receive(TimePoint now, const NodeId& from, const Verdicts& verdicts) {
  const auto at = errands_.find(from);
  if (at == errands_.end() || !at->second.asking) return;
  auto& errand = at->second;
  if (errand.asking->question != verdicts.ask.question ||
      errand.asking->what.size() != verdicts.verdicts.size()) {
    return heard(now, from, std::nullopt);
  }
  const bool of_the_last = errand.asking->attempt == verdicts.ask.attempt;
  heard(now, from, of_the_last ? std::optional(now - errand.asking->asked_at) : std::nullopt);
  const auto what = std::move(errand.asking->what);
  errand.asking.reset();
  errand.silences = 0;
  bool any_refused = false;
  for (std::size_t i = 0; i < what.size(); ++i) {
    const auto& [key, version] = what[i];
    const auto pending = errand.pending.find(key);
    if (pending == errand.pending.end()) continue;
    const Entry* entry = table_.find(key);
    switch (verdicts.verdicts[i]) {
      case Verdicts::Each::held: {
        ++counters_.stored;
        if (const auto charge = charges_.find(key); charge != charges_.end()) {
          charge->second.there[from] = version;
        }
        if (entry == nullptr || entry->record.version() <= version) errand.pending.erase(pending);
        break;
      }
      case Verdicts::Each::wanted:
        pending->second = false;
        break;
      case Verdicts::Each::refused:
        ++counters_.refused;
        any_refused = true;
        break;
    }
  }
  errand.refusals = any_refused ? std::min(errand.refusals + 1, 16U) : 0;
  errand.due = now;
  if (any_refused) {
    errand.due += std::min<Duration>(limits_.refused_retry * (1U << (errand.refusals - 1)),
                                     limits_.retry_max);
  }
}

void Replicas::advance(TimePoint now) {
  if (!searched_ && members_.generation() != reviewed_generation_ && !review_at_) {
    review_at_ = now + limits_.review_after;
  }
  if (review_at_ && *review_at_ <= now) review(now);
  auto under_way = static_cast<std::size_t>(std::count_if(
      errands_.begin(), errands_.end(), [&](const auto& each) { return patient(each.second); }));
  for (auto at = errands_.begin(); at != errands_.end();) {
    auto& [node, errand] = *at;
    // Who is gone is not waited for: the next search finds who is there in his place.
    const bool over = searched_ && errand.asking && errand.due <= now && !patient(errand);
    if (errand.pending.empty() || over) {
      at = errands_.erase(at);
      continue;
    }
    const bool room = patient(errand) || under_way < limits_.under_way_max;
    if (errand.due <= now && room && is_there(node)) {
      const bool counted = patient(errand);
      ask(now, node, errand);
      if (!counted && patient(errand)) ++under_way;
    }
    ++at;
  }
}

std::optional<Replicas::Send> Replicas::poll() {
  if (out_.empty()) return std::nullopt;
  // Moved out without a local of its type, which GCC 12 takes for uninitialised.
  struct PopFront {
    std::deque<Send>& outputs;
    ~PopFront() { outputs.pop_front(); }
  } const after_the_move{out_};
  return std::move(out_.front());
}

std::optional<TimePoint> Replicas::deadline() const {
  auto next = review_at_;
  const auto under_way = static_cast<std::size_t>(std::count_if(
      errands_.begin(), errands_.end(), [&](const auto& each) { return patient(each.second); }));
  for (const auto& [node, errand] : errands_) {
    if (errand.pending.empty() || !is_there(node)) continue;
    if (patient(errand) || under_way < limits_.under_way_max) next = earlier(next, errand.due);
  }
  return next;
}

std::size_t Replicas::missing() const {
  std::size_t count = 0;
  for (const auto& [node, errand] : errands_) count += errand.pending.size();
  return count;
}

}  // namespace muster::overlay
