// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/searches.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace muster::overlay {
namespace {

BucketTable::Distance distance(const Place& place, const NodeId& node) {
  BucketTable::Distance distance;
  for (std::size_t i = 0; i < Place::size; ++i) {
    distance.octets[i] = static_cast<std::uint8_t>(place.octets[i] ^ node.octets[i]);
  }
  return distance;
}

/// Who only looks for holders need not wait for one that is probably gone: if it is there all the
/// same, the next search finds it.
constexpr double gone_probably = 0.01;
constexpr double loss_min = 0.05;
constexpr double loss_max = 0.9;

unsigned silences_of_holders(double loss) {
  const double count = std::log(gone_probably) / std::log(std::clamp(loss, loss_min, loss_max));
  return std::max(2U, static_cast<unsigned>(std::ceil(count)));
}

}  // namespace

Searches::Searches(NodeId self, Acquaintances& known, Limits limits, std::uint64_t seed)
    : self_(self), known_(known), limits_(limits), random_(seed) {}

void Searches::start(TimePoint now, std::uint64_t number, Question what) {
  Search search;
  search.number = number;
  search.what = std::move(what);
  search.end = now + limits_.deadline;
  search.next_at = now;
  add_known(search);
  if (searches_.size() >= limits_.searches_max) return end(search, Outcome::unknown);
  const auto question = static_cast<std::uint32_t>(random_.next());
  const auto [at, is_new] = searches_.try_emplace(question, std::move(search));
  if (!is_new) return;  // one in 2^32: that one goes on, this one is never answered
  ask_some(now, question, at->second);
}

void Searches::add_known(Search& search) const {
  for (const auto& contact : known_.closest(search.what.place, limits_.candidates_max / 2)) {
    add(search, contact);
  }
}

/// Of more than there is room for, those farthest away that were not asked are let go.
void Searches::add(Search& search, const Contact& contact) const {
  if (contact.id == self_) return;
  search.candidates.try_emplace(distance(search.what.place, contact.id), Candidate{contact});
  while (search.candidates.size() > limits_.candidates_max) {
    search.candidates.erase(std::prev(search.candidates.end()));
  }
}

template <typename Visit>
void Searches::each_close(const Search& search, Visit visit) const {
  std::size_t count = 0;
  for (const auto& [at, candidate] : search.candidates) {
    if (candidate.gone) continue;
    visit(candidate);
    if (++count >= search.what.copies) return;
  }
}

/// All of the closest have answered.
bool Searches::complete(const Search& search) const {
  bool all = true;
  each_close(search, [&](const Candidate& candidate) { all = all && candidate.answered; });
  return all;
}

/// Those far behind may take themselves for holders where the writer does not: how many there are
/// to be each node judges for itself. They are not told of news; the closest half is, by whomever.
bool Searches::sure_enough(const Search& search) const {
  unsigned sure = 0;
  std::size_t count = 0;
  each_close(search, [&](const Candidate& candidate) {
    const bool counts = 2 * count++ < search.what.copies && candidate.sure;
    sure += counts ? 1 : 0;
  });
  return sure >= limits_.sure_wanted;
}

/// Once complete: whoever is taken to be gone may be there all the same, and hold it.
Searches::Outcome Searches::conclusion(const Search& search) const {
  if (search.found || search.hints) return Outcome::found;
  return gone_among_closest(search) > 0 ? Outcome::unknown : Outcome::absent;
}

/// Of those closer than the last that counts.
unsigned Searches::gone_among_closest(const Search& search) const {
  std::size_t count = 0;
  unsigned gone = 0;
  for (const auto& [at, candidate] : search.candidates) {
    if (count >= search.what.copies) break;
    if (candidate.gone) {
      ++gone;
    } else {
      ++count;
    }
  }
  return gone;
}

/// The closest that was not asked yet; of those that are late the one asked least often.
Searches::Candidate* Searches::next(TimePoint now, Search& search) const {
  Candidate* best = nullptr;
  std::size_t count = 0;
  for (auto& [at, candidate] : search.candidates) {
    if (candidate.gone) continue;
    if (count++ >= search.what.copies) break;
    if (candidate.answered || (candidate.attempts > 0 && candidate.late_at > now)) continue;
    if (best == nullptr || candidate.attempts < best->attempts) best = &candidate;
  }
  return best;
}

void Searches::ask(TimePoint now, std::uint32_t question, Search& search, Candidate& candidate) {
  const Ask ask{question, candidate.attempts};
  Duration wait = known_.timeout(candidate.contact.id, 0);
  for (unsigned pass = 0; pass < std::min<unsigned>(candidate.attempts, 8U); ++pass) {
    wait = wait * limits_.pass_slower_percent / 100;
  }
  candidate.asked_at[candidate.attempts % attempts_remembered] = now;
  candidate.late_at = now + wait;
  ++candidate.attempts;
  const auto wanted = static_cast<std::uint8_t>(limits_.named_max);
  out_.push_back({candidate.contact,
                  encode(Seek{ask, search.what.kinds, wanted, search.what.place}),
                  search.what.kinds != KindSet{}});
}

/// As many as may be under way at a time, beside those whose answers are late. Whoever has been
/// silent for too long counts no more.
void Searches::ask_some(TimePoint now, std::uint32_t question, Search& search) {
  std::optional<TimePoint> due;
  unsigned under_way = 0;
  unsigned allowed = known_.silences_allowed();
  if (search.what.kinds == KindSet{})
    allowed = std::min(allowed, silences_of_holders(known_.loss()));
  for (auto& [at, candidate] : search.candidates) {
    if (candidate.answered || candidate.gone || candidate.attempts == 0) continue;
    if (candidate.late_at > now) {
      ++under_way;
      due = earlier(due, candidate.late_at);
    } else if (candidate.attempts >= allowed) {
      candidate.gone = true;
      known_.silent(now, candidate.contact.id);
    }
  }
  while (under_way < limits_.parallel) {
    Candidate* const candidate = next(now, search);
    if (candidate == nullptr) break;
    if (candidate->attempts > 0) known_.silent(now, candidate->contact.id);
    ask(now, question, search, *candidate);
    due = earlier(due, candidate->late_at);
    ++under_way;
  }
  search.next_at = std::min(due.value_or(now + limits_.nobody_retry), search.end);
  if (search.tell_at) search.next_at = std::min(search.next_at, *search.tell_at);
}

std::optional<Searches::Question> Searches::answered(TimePoint now, const Contact& from,
                                                     const Ask& ask) {
  const auto at = searches_.find(ask.question);
  if (at == searches_.end()) return std::nullopt;
  auto& candidates = at->second.candidates;
  const auto found = candidates.find(distance(at->second.what.place, from.id));
  if (found == candidates.end() || found->second.attempts == 0 ||
      found->second.contact.path != from.path) {
    return std::nullopt;
  }
  auto& candidate = found->second;
  const auto ago = static_cast<std::uint8_t>(candidate.attempts - 1 - ask.attempt);
  std::optional<Duration> took;
  if (ago < attempts_remembered && ago < candidate.attempts && !candidate.answered) {
    took = now - candidate.asked_at[ask.attempt % attempts_remembered];
    candidate.took = took;
  }
  known_.answered(now, from, took);
  return at->second.what;
}

void Searches::told(TimePoint now, const Contact& from, const Ask& ask, Told what,
                    const std::vector<Contact>& named) {
  const auto at = searches_.find(ask.question);
  if (at == searches_.end()) return;
  auto& search = at->second;
  const auto found = search.candidates.find(distance(search.what.place, from.id));
  if (found != search.candidates.end()) {
    found->second.answered = what != Told::unknown;
    found->second.sure = what == Told::found;
    found->second.gone = false;
  }
  for (const auto& contact : named) add(search, contact);
  search.hints = search.hints || what == Told::hints;
  if (what == Told::found && !search.found) {
    search.found = true;
    search.tell_at = now + limits_.sure_for_timeouts * known_.timeout(from.id, 0);
  }
  if (search.told) return;
  // Whoever looked for that very node has found it.
  const bool itself = search.what.kinds == KindSet{} && from.id.octets == search.what.place.octets;
  if (itself || complete(search)) {
    end(search, conclusion(search));
    searches_.erase(at);
    return;
  }
  if (sure_enough(search)) return tell(now, search);
  ask_some(now, at->first, search);
}

/// What has been found by now is the answer. What comes later is still heard.
void Searches::tell(TimePoint now, Search& search) {
  search.told = true;
  end(search, Outcome::found);
  const auto refined = limits_.refined_for_timeouts * known_.timeout(self_, 0);
  search.end = std::min(search.end, now + refined);
  search.next_at = search.end;
}

void Searches::end(const Search& search, Outcome outcome) {
  const unsigned gone = gone_among_closest(search);
  Ended ended{search.number, outcome, gone, gone, search.what, {}, {}};
  each_close(search, [&](const Candidate& candidate) {
    ++ended.holders;
    if (candidate.answered) {
      if (ended.closest.empty()) ended.took = candidate.took;
      ended.closest.push_back(candidate.contact);
    } else {
      ++ended.silent;
    }
  });
  ended_.push_back(std::move(ended));
}

void Searches::advance(TimePoint now) {
  for (auto at = searches_.begin(); at != searches_.end();) {
    auto& search = at->second;
    if (search.end <= now) {
      if (!search.told) {
        end(search, search.found || search.hints ? Outcome::found : Outcome::unknown);
      }
      at = searches_.erase(at);
      continue;
    }
    if (search.told || search.next_at > now) {
      ++at;
      continue;
    }
    if (search.tell_at && *search.tell_at <= now) {
      tell(now, search);
    } else {
      const bool anybody = std::any_of(search.candidates.begin(), search.candidates.end(),
                                       [](const auto& each) { return !each.second.gone; });
      if (!anybody) add_known(search);
      ask_some(now, at->first, search);
      // Those that were silent may have been the last that were waited for.
      const bool any = std::any_of(search.candidates.begin(), search.candidates.end(),
                                   [](const auto& each) { return each.second.answered; });
      if (any && complete(search)) {
        end(search, conclusion(search));
        at = searches_.erase(at);
        continue;
      }
    }
    ++at;
  }
}

std::optional<Searches::Send> Searches::poll() {
  if (out_.empty()) return std::nullopt;
  Send next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<Searches::Ended> Searches::poll_ended() {
  if (ended_.empty()) return std::nullopt;
  Ended next = std::move(ended_.front());
  ended_.pop_front();
  return next;
}

std::optional<TimePoint> Searches::deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [question, search] : searches_) {
    next = earlier(next, std::min(search.next_at, search.end));
  }
  return next;
}

}  // namespace muster::overlay
