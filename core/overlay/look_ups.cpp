// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/look_ups.hpp"

#include <algorithm>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {

LookUps::LookUps(NodeId self, Members& members, Limits limits, std::uint64_t seed)
    : self_(self),
      members_(members),
      limits_(limits),
      next_question_(static_cast<std::uint32_t>(SeededRandom(seed).next())) {}

void LookUps::start(TimePoint now, std::uint64_t number, Question what) {
  LookUp look_up;
  look_up.number = number;
  look_up.what = std::move(what);
  look_up.end = now + limits_.deadline;
  look_up.next_at = now;
  find_holders(look_up);
  if (look_ups_.size() >= limits_.look_ups_max) return end(look_up, Outcome::unknown);
  if (look_up.holders.empty()) {
    // Who is alone knows all that there is to know, unless others exist who cannot be asked.
    return end(look_up, members_.size() == 0 ? Outcome::absent : Outcome::unknown);
  }
  const auto question = next_question_++;
  auto& started = look_ups_[question] = std::move(look_up);
  for (unsigned i = 0; i < limits_.parallel; ++i) {
    if (!ask_next(now, question, started)) break;
  }
  started.next_at = now + pause(started);
}

/// Those of before keep what is known of them; the others are asked after them.
void LookUps::find_holders(LookUp& look_up) const {
  look_up.generation = members_.generation();
  std::vector<Holder> holders;
  auto nodes = members_.closest(look_up.what.place, look_up.what.copies);
  for (const auto& id : look_up.what.also) {
    if (id == self_ || !members_.is_member(id) || !members_.is_reachable(id)) continue;
    const bool first = look_up.knows_best ? look_up.knows_best == id : !members_.suspected(id);
    if (first) look_up.knows_best = id;
    const auto known = std::find(nodes.begin(), nodes.end(), id);
    if (known != nodes.end() && !first) continue;
    if (known != nodes.end()) nodes.erase(known);
    nodes.insert(first ? nodes.begin() : nodes.end(), id);
  }
  for (const auto& id : nodes) {
    if (id == self_) continue;
    const auto known = std::find_if(look_up.holders.begin(), look_up.holders.end(),
                                    [&](const Holder& holder) { return holder.id == id; });
    holders.push_back(known != look_up.holders.end() ? *known : Holder{id});
  }
  // Whoever cannot be asked any more is silent, but has not said no.
  for (const auto& holder : look_up.holders) {
    const bool still = std::any_of(holders.begin(), holders.end(),
                                   [&](const Holder& other) { return other.id == holder.id; });
    if (!still && members_.is_member(holder.id)) holders.push_back(holder);
  }
  look_up.holders = std::move(holders);
}

/// False if all have answered.
bool LookUps::ask_next(TimePoint now, std::uint32_t question, LookUp& look_up) {
  const auto count = look_up.holders.size();
  for (std::size_t tried = 0; tried < count; ++tried) {
    if (look_up.next >= count) {
      look_up.next = 0;
      ++look_up.passes;
    }
    auto& holder = look_up.holders[look_up.next++];
    if (holder.answered) continue;
    const Ask ask{question, holder.attempts};
    holder.asked_at[holder.attempts % attempts_remembered] = now;
    ++holder.attempts;
    members_.asked(now, holder.id);
    out_.push_back({holder.id, encode(Fetch{ask, look_up.what.kinds, look_up.what.name})});
    return true;
  }
  return false;
}

/// Until the next is asked beside those who were: as long as an answer of the one asked last takes.
Duration LookUps::pause(const LookUp& look_up) const {
  const auto asked = std::min(look_up.next, look_up.holders.size());
  const auto& last = look_up.holders[asked == 0 ? 0 : asked - 1];
  Duration wait = members_.timeout(last.id, 0);
  for (unsigned pass = 0; pass < std::min(look_up.passes, 8U); ++pass) {
    wait = wait * limits_.pass_slower_percent / 100;
  }
  return wait;
}

std::optional<LookUps::Asked> LookUps::answered(TimePoint now, const NodeId& from, const Ask& ask) {
  const auto at = look_ups_.find(ask.question);
  if (at == look_ups_.end()) return std::nullopt;
  auto& holders = at->second.holders;
  const auto holder = std::find_if(holders.begin(), holders.end(),
                                   [&](const Holder& each) { return each.id == from; });
  if (holder == holders.end() || holder->attempts == 0) return std::nullopt;
  const auto ago = static_cast<std::uint8_t>(holder->attempts - 1 - ask.attempt);
  std::optional<Duration> took;
  if (ago < attempts_remembered && ago < holder->attempts) {
    took = now - holder->asked_at[ask.attempt % attempts_remembered];
  }
  members_.heard(from, took);
  const auto& what = at->second.what;
  return Asked{at->second.number, what.name, what.wanted, what.kinds};
}

void LookUps::told(TimePoint now, const NodeId& from, const Ask& ask, bool any) {
  const auto at = look_ups_.find(ask.question);
  if (at == look_ups_.end()) return;
  auto& look_up = at->second;
  for (auto& holder : look_up.holders) {
    if (holder.id == from) holder.answered = true;
  }
  if (any) look_up.found = true;
  if (look_up.found) return found(now, look_up);
  if (silent(look_up) == 0) {
    end(look_up, Outcome::absent);
    look_ups_.erase(at);
    return;
  }
  // A no makes room for the next question.
  ask_next(now, at->first, look_up);
  look_up.next_at = now + pause(look_up);
}

/// As long as the answer of who knows best is not overdue; nothing if he has given it.
std::optional<TimePoint> LookUps::best_awaited_until(const LookUp& look_up) const {
  for (const auto& holder : look_up.holders) {
    if (holder.id != look_up.knows_best || holder.answered || holder.attempts == 0) continue;
    const auto asked_at = holder.asked_at[(holder.attempts - 1U) % attempts_remembered];
    return asked_at + members_.timeout(holder.id, 0);
  }
  return std::nullopt;
}

void LookUps::found(TimePoint now, LookUp& look_up) {
  if (look_up.told) return;
  if (const auto until = best_awaited_until(look_up); until && *until > now) {
    look_up.next_at = std::min(*until, look_up.end);
    return;
  }
  look_up.told = true;
  end(look_up, Outcome::found);
  look_up.end = std::min(look_up.end, now + limits_.refined_for_timeouts * pause(look_up));
  look_up.next_at = look_up.end;
}

unsigned LookUps::silent(const LookUp& look_up) {
  return static_cast<unsigned>(
      std::count_if(look_up.holders.begin(), look_up.holders.end(),
                    [](const Holder& holder) { return !holder.answered; }));
}

void LookUps::end(const LookUp& look_up, Outcome outcome) {
  ended_.push_back(
      {look_up.number, outcome, static_cast<unsigned>(look_up.holders.size()), silent(look_up)});
}

void LookUps::advance(TimePoint now) {
  for (auto at = look_ups_.begin(); at != look_ups_.end();) {
    auto& look_up = at->second;
    if (look_up.end <= now) {
      if (!look_up.told) end(look_up, look_up.found ? Outcome::found : Outcome::unknown);
      at = look_ups_.erase(at);
      continue;
    }
    if (look_up.found && look_up.next_at <= now) {
      found(now, look_up);
    } else if (look_up.next_at <= now) {
      if (look_up.generation != members_.generation()) find_holders(look_up);
      if (ask_next(now, at->first, look_up)) {
        look_up.next_at = now + pause(look_up);
      } else if (look_up.holders.empty()) {
        look_up.next_at = look_up.end;  // they may come back
      } else {
        end(look_up, Outcome::absent);
        at = look_ups_.erase(at);
        continue;
      }
    }
    ++at;
  }
}

std::optional<LookUps::Send> LookUps::poll() {
  if (out_.empty()) return std::nullopt;
  Send next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<LookUps::Ended> LookUps::poll_ended() {
  if (ended_.empty()) return std::nullopt;
  const Ended next = ended_.front();
  ended_.pop_front();
  return next;
}

std::optional<TimePoint> LookUps::deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [question, look_up] : look_ups_) {
    next = earlier(next, std::min(look_up.next_at, look_up.end));
  }
  return next;
}

}  // namespace muster::overlay
