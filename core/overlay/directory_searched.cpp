// SPDX-License-Identifier: Apache-2.0
// Where not all nodes are known: who knows whom, and how records find their places and are found.
#include <algorithm>

#include "core/overlay/directory.hpp"

namespace muster::overlay {
namespace {

/// Whether all or some are known is judged so often.
constexpr std::chrono::seconds membership_interval{10};
/// A look for who is close to this node itself is to find all siblings; one in a bucket some.
constexpr std::size_t refresh_width = 8;

/// What others' signatures hang on comes first. Of services there may be more than an answer holds;
/// each asker hears of those closest to its own id, so that all are heard of by some (so does RFC
/// 7374 spread those who ask over those who provide).
bool answered_before(const NodeId& asker, const RecordKey& a, const RecordKey& b) {
  if (a.kind != b.kind) return b.kind == Kind::service || judged_before(a.kind, b.kind);
  if (a.kind != Kind::service || a.writer == b.writer) return false;
  return closest_to(*Place::from(asker.view()), {a.writer, b.writer}, 1).front() == a.writer;
}

}  // namespace

void Directory::set_direct(TimePoint now, bool possible, std::size_t provisioned) {
  direct_ = possible;
  // What the authority has made kits for is believed until it shows that few of them are there.
  const auto known = membership_ == Membership::buckets ? nodes_estimated()
                                                        : std::max(provisioned, nodes_known() + 1);
  const auto chosen = membership_choice_.choose(now, membership_, known, direct_);
  set_membership(now, chosen);
  membership_at_ = now + membership_interval;
}

void Directory::choose_membership(TimePoint now) {
  if (!membership_at_ || *membership_at_ > now) return;
  membership_at_ = now + membership_interval;
  const auto nodes = membership_ == Membership::buckets ? nodes_estimated() : members_.size() + 1;
  set_membership(now, membership_choice_.choose(now, membership_, nodes, direct_));
}

void Directory::set_membership(TimePoint now, Membership membership) {
  if (membership == membership_) return;
  membership_ = membership;
  replicas_.discharge_all();
  placements_.clear();
  const bool searched = membership == Membership::buckets;
  replicas_.set_searched(searched);
  if (!searched) {
    acquaintances_.end();
    placing_ = false;
    set_spread(now, Spread::everybody);
    return place_anew();
  }
  acquaintances_.begin(now);
  place_anew();
  spread_ = Spread::closest;
  placing_ = true;
  reconciler_.set_part(now, part());
  upkeep_at_ = now + limits_.upkeep_interval_searched;
  std::vector<RecordKey> own;
  for (const auto& [key, entry] : table_.entries()) {
    if (entry.place && key.writer == self_) own.push_back(key);
  }
  for (const auto& key : own) place_by_search(now, key, true);
}

/// Where nothing goes to everybody, what else everybody would hold has a place too.
void Directory::place_anew() {
  std::vector<std::pair<RecordKey, std::optional<Place>>> all;
  for (const auto& [key, entry] : table_.entries()) all.emplace_back(key, place_of(entry.record));
  for (const auto& [key, place] : all) table_.place(key, place);
}

std::size_t Directory::nodes_known() const {
  return membership_ == Membership::buckets ? acquaintances_.size() : members_.size();
}

std::size_t Directory::nodes_estimated() const {
  return membership_ == Membership::buckets ? acquaintances_.nodes_estimated()
                                            : members_.size() + 1;
}

std::vector<NodeId> Directory::closest(const Place& place, std::size_t count) const {
  if (membership_ == Membership::everybody) return members_.closest(place, count);
  std::vector<NodeId> nodes{self_};
  for (const auto& contact : acquaintances_.closest(place, count)) nodes.push_back(contact.id);
  return closest_to(place, std::move(nodes), count);
}

/// Certificates need no place: only where every kit has them all are nodes known in buckets.
void Directory::place_by_search(TimePoint now, const RecordKey& key, bool propose) {
  const Entry* entry = table_.find(key);
  if (key.kind == Kind::certificate || entry == nullptr || !entry->place) return;
  replicas_.charge(now, key, {}, propose);
  const auto [at, is_new] =
      placements_.try_emplace(*entry->place, Placement{now, limits_.placed_again_min});
  auto& placement = at->second;
  // What was found a moment ago serves this one too.
  const bool lately =
      placement.searched_at && now - *placement.searched_at < limits_.placed_again_min;
  if (!is_new && !lately) placement.due = now;
}

void Directory::advance_searches(TimePoint now) {
  choose_membership(now);
  acquaintances_.advance(now);
  while (const auto wanted = acquaintances_.poll_wanted()) {
    const bool own = wanted->place == *Place::from(self_.view());
    const auto width = own ? limits_.acquaintances.table.siblings_max : refresh_width;
    searches_.start(now, ++last_look_up_, {wanted->place, {}, {}, {}, width});
  }
  for (auto& [place, placement] : placements_) {
    if (placement.search || placement.due > now) continue;
    placement.search = ++last_look_up_;
    searches_.start(now, *placement.search, {place, {}, {}, {}, copies()});
  }
  searches_.advance(now);
  while (auto ended = searches_.poll_ended()) search_ended(now, std::move(*ended));
}

void Directory::find_node(TimePoint now, const NodeId& node, bool afresh) {
  const Contact* const known = acquaintances_.find(node);
  if ((known != nullptr && !afresh) || membership_ == Membership::everybody) {
    out_.emplace_back(NodeFound{node, known ? std::optional(known->path) : std::nullopt});
    return;
  }
  const auto number = ++last_look_up_;
  node_searches_[number] = node;
  searches_.start(now, number, {*Place::from(node.view()), {}, {}, {}, refresh_width});
}

/// A search asks who is closest, not the user's homes. While one of these has not spoken nobody
/// knows that there is none: what was just written there may not have come to its place yet.
Directory::LookedUp Directory::judged(const Searches::Ended& ended) {
  LookedUp answer{ended.number, ended.outcome, ended.holders, ended.silent};
  if (ended.outcome != LookUps::Outcome::absent) return answer;
  for (const NodeId& home : policy_.concerned(ended.what.name)) {
    const auto is_home = [&](const Contact& contact) { return contact.id == home; };
    if (home != self_ && std::none_of(ended.closest.begin(), ended.closest.end(), is_home)) {
      answer.outcome = LookUps::Outcome::unknown;
      ++answer.silent;
    }
  }
  return answer;
}

void Directory::search_ended(TimePoint now, Searches::Ended ended) {
  if (const auto sought = node_searches_.extract(ended.number); !sought.empty()) {
    const auto& closest = ended.closest;
    const bool there = !closest.empty() && closest.front().id == sought.mapped();
    out_.emplace_back(NodeFound{sought.mapped(),
                                there ? std::optional(closest.front().path) : std::nullopt,
                                there ? ended.took : std::nullopt});
    return;
  }
  if (look_up_searches_.erase(ended.number) > 0) {
    out_.emplace_back(judged(ended));
    return;
  }
  const auto at = placements_.find(ended.what.place);
  if (at == placements_.end() || at->second.search != ended.number) return;
  auto& placement = at->second;
  placement.search.reset();
  placement.searched_at = now;
  // Between a half and the whole, so that those started together drift apart.
  placement.due =
      now + std::chrono::duration_cast<Duration>(placement.interval * (0.5 + random_.unit() / 2));
  if (ended.closest.empty()) return;
  const auto longest = acquaintances_.until_gone(
      now, limits_.placed_again_gone, limits_.placed_again_min, limits_.placed_again_max);
  placement.interval = std::min(3 * placement.interval, longest);
  replicas_.place_found(now, ended.what.place, std::move(ended.closest));
}

void Directory::receive_direct(TimePoint now, const Contact& from, BytesView message) {
  if (!direct_ || from.id == self_) return;
  asker_ = from;
  receive_from_node(now, from.id, message);
  asker_.reset();
  while (auto ended = searches_.poll_ended()) search_ended(now, std::move(*ended));
}

/// Only what this node keeps here and knows to be so is an answer; what was looked up is not.
void Directory::hear(TimePoint now, const NodeId& from, const Seek& seek) {
  if (!asker_) return;
  if (seek.kinds != KindSet{}) ++counters_.fetches_answered;
  acquaintances_.heard(now, *asker_);
  Sought sought{seek.ask, false, false, {}, {}};
  std::size_t bytes = 0;
  if (seek.kinds != KindSet{}) {
    sought.holder = is_holder(seek.place);
    auto entries = table_.find_place(seek.place);
    std::erase_if(entries, [&](const Entry* entry) {
      return !seek.kinds.has(entry->record.key().kind) || entry->expires() <= now ||
             entry->cached_until;
    });
    const bool any_sure = std::any_of(entries.begin(), entries.end(), [](const Entry* entry) {
      return !entry->stale || entry->record.deleted();
    });
    sought.hints = !entries.empty() && !any_sure;
    std::stable_sort(entries.begin(), entries.end(), [&](const Entry* a, const Entry* b) {
      return answered_before(from, a->record.key(), b->record.key());
    });
    for (const Entry* entry : entries) {
      if (entry->stale && !sought.hints) continue;
      const auto size = entry->record.bytes() + record_in_message_overhead;
      if (bytes + size > limits_.sought_bytes_max) continue;
      bytes += size;
      sought.records.push_back(in_message(now, *entry));
    }
  }
  constexpr std::size_t contact_bytes = NodeId::size + 1 + 23;  // IPv6
  const auto wanted = std::min<std::size_t>(
      {seek.wanted, Seek::contacts_max, (limits_.sought_bytes_max - bytes) / contact_bytes});
  if (wanted > 0) {
    sought.contacts = acquaintances_.closest(seek.place, wanted + 1);
    std::erase_if(sought.contacts, [&](const Contact& contact) { return contact.id == from; });
    if (sought.contacts.size() > wanted) sought.contacts.pop_back();
  }
  out_.emplace_back(
      SendToNode{from, encode(sought), Precedence::priority, seek.kinds != KindSet{}, back()});
}

void Directory::hear(TimePoint now, const NodeId&, const Sought& sought) {
  if (!asker_) return;
  const Contact from = *asker_;
  const auto asked = searches_.answered(now, from, sought.ask);
  if (!asked) {
    if (!acquaintances_.receive(now, from, sought.ask)) ++counters_.unasked_answers;
    return;
  }
  hear_records(now, from, sought, *asked);
}

void Directory::hear_records(TimePoint now, const Contact& from, const Sought& sought,
                             const Searches::Question& asked) {
  const bool cached = !is_holder(asked.place);
  bool any = false;
  bool refused = false;
  for (const auto& each : sought.records) {
    auto record = Record::parse(each.body, each.signature);
    // Only what was asked for: nobody fills this node by answering.
    if (!record || !asked.kinds.has(record->key().kind) || place_of(*record) != asked.place) {
      ++counters_.malformed_from_nodes;
      continue;
    }
    const RecordKey key = record->key();
    const auto judged = judge_placed(now, from.id, std::move(*record),
                                     std::chrono::seconds{each.age_s}, cached || sought.hints);
    const bool taken = judged == Verdict::taken || judged == Verdict::known;
    const Entry* held = table_.find(key);
    // A hint must not answer the next question.
    if (sought.hints && taken && held != nullptr && held->cached_until) {
      table_.keep_until(key, held->cached_until);
    }
    any |= taken && key.kind == asked.wanted;
    refused |= judged == Verdict::refused || judged == Verdict::too_often;
  }
  any = any && !find(asked.wanted, asked.name).empty();
  auto contacts = sought.contacts;
  for (auto& contact : contacts) contact.path.link = from.path.link;
  // Who has been pushed out from among the closest keeps what it holds for a while and is not told
  // news of it: those who are told are heard first. Of what many write one holder may have missed
  // some: all are heard out, as where nobody is sure.
  const bool sure = sought.holder && !sought.hints && asked.wanted != Kind::service;
  const auto told = any       ? (sure ? Searches::Told::found : Searches::Told::hints)
                    : refused ? Searches::Told::unknown
                              : Searches::Told::nothing;
  searches_.told(now, from, sought.ask, told, contacts);
}

/// What is placed elsewhere now is let go in time. Who is half as far behind again is kept: not
/// all agree on who is closest.
void Directory::keep_up_searched(TimePoint now) {
  upkeep_at_ = now + limits_.upkeep_interval_searched;
  measure_churn(now);
  const auto width = copies() + copies() / 2;
  std::map<Place, bool> far;
  std::vector<RecordKey> misplaced;
  for (const auto& [key, entry] : table_.entries()) {
    if (!entry.place || key.writer == self_ || entry.cached_until) continue;
    const auto [at, is_new] = far.try_emplace(*entry.place);
    if (is_new) at->second = acquaintances_.closer_to(*entry.place) >= width;
    if (at->second) misplaced.push_back(key);
  }
  for (const auto& key : misplaced) let_go(now, key);
}

}  // namespace muster::overlay
