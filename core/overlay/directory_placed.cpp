// SPDX-License-Identifier: Apache-2.0
// What lies only at the nodes closest to its name: how it gets there and is found again.
#include <algorithm>
#include <cmath>

#include "core/overlay/directory.hpp"

namespace muster::overlay {
namespace {

/// Beyond this share of deaths copies cost more than they save.
constexpr double deaths_max = 0.7;
/// Of questions and answers at least this share is taken to arrive.
constexpr double arriving_min = 0.1;
/// So many of the reachable nodes closest to an orphaned record care for it: one may be wrong.
constexpr std::size_t carers = 2;

}  // namespace

std::optional<Place> Directory::place_of(const Record& record) {
  const auto& key = record.key();
  const auto kind = static_cast<std::uint16_t>(key.kind);
  auto name = policy_.placed_at(kind, key.resource, record.value());
  if (!name && membership_ == Membership::buckets) name = policy_.searched_at(kind, key.resource);
  return name ? std::optional(overlay::place_of(digest_, *name)) : std::nullopt;
}

/// A share of nodes that is out of reach may be dead for good; it is not taken for less than what
/// the limits expect. More go while what others took with them is being replaced.
std::size_t Directory::copies() const {
  if (limits_.copies) return *limits_.copies;
  if (membership_ == Membership::buckets) {
    const double lost = 1 - (1 - limits_.deaths) * (1 - departing_);
    return copies_for(std::min(lost, deaths_max), limits_.survival);
  }
  const auto all = static_cast<double>(members_.size());
  const double away = all == 0 ? 0 : 1 - static_cast<double>(members_.reachable_count()) / all;
  const double lost = 1 - (1 - std::max(away, limits_.deaths)) * (1 - departing_);
  return copies_for(std::min(lost, deaths_max), limits_.survival);
}

/// At heavy loss it takes longer until a copy is elsewhere.
void Directory::measure_churn(TimePoint now) {
  const bool searched = membership_ == Membership::buckets;
  const double lost = searched ? acquaintances_.loss() : members_.loss();
  const double arrives = std::max(1 - lost, arriving_min);
  const auto repaired = std::chrono::duration_cast<Duration>(limits_.repaired_within / arrives);
  departing_ = searched ? acquaintances_.departed_within(now, repaired)
                        : churn_.departure_within(now, repaired, members_.size());
}

void Directory::set_spread(TimePoint now, Spread spread) {
  if (spread == spread_) return;
  spread_ = spread;
  reconciler_.set_part(now, part());
  if (spread == Spread::everybody) {
    std::vector<RecordKey> placed;
    for (const auto& [key, entry] : table_.entries()) {
      if (entry.place) placed.push_back(key);
    }
    for (const auto& key : placed) table_.keep_until(key, std::nullopt);
    // Until all of the rest has come here, it is asked for.
    others_place_until_ = now + limits_.others_place_for;
  }
  place_if_anybody_does(now);
}

bool Directory::others_place(TimePoint now) const {
  return reconciler_.neighbours_compare_less() ||
         (others_place_until_ && *others_place_until_ > now);
}

/// Nodes that choose for themselves do not all change at one moment. Whoever replicates to
/// everybody also stores where those look who place, and asks them, while there are any.
void Directory::place_if_anybody_does(TimePoint now) {
  if (membership_ == Membership::buckets) return;
  const bool others = others_place(now);
  if (others && spread_ == Spread::everybody) {
    choose_spread(now);
    if (spread_ == Spread::closest) return;
  }
  const bool place = spread_ == Spread::closest || others;
  if (place == placing_) return;
  placing_ = place;
  if (!place) {
    upkeep_at_.reset();
    return replicas_.discharge_all();
  }
  upkeep_at_ = now + limits_.upkeep_interval;
  replicas_.set_copies(now, copies());
  for (const auto& [key, entry] : table_.entries()) {
    if (!entry.place || key.writer != self_) continue;
    // Everybody may have it from before, so it is proposed first.
    replicas_.charge(now, key, policy_.concerned(key.resource), true);
  }
}

/// Of what is placed each node holds about as much as any other.
std::size_t Directory::bytes_of_all() const {
  if (!placing_) return table_.bytes();
  const std::size_t held_by = copies();
  std::size_t everybodys = table_.bytes();
  std::size_t placed_here = 0;
  for (const auto& [place, bytes] : table_.bytes_by_place()) {
    everybodys -= bytes;
    if (is_holder(place)) placed_here += bytes;
  }
  const std::size_t nodes = members_.reachable_count() + 1;
  return everybodys + placed_here * nodes / std::min(held_by, nodes);
}

void Directory::choose_spread(TimePoint now) {
  const auto most = limits_.spread.to_all_bytes_max;
  if (!most || membership_ == Membership::buckets) return;
  // The usual case, at every record that comes.
  if (!placing_ && *most > 0 && table_.bytes() <= *most && !others_place(now)) return;
  const auto chosen = spread_choice_.choose(
      now, spread_, {bytes_of_all(), members_.size() + 1, copies(), others_place(now)});
  set_spread(now, chosen);
}

void Directory::publish(TimePoint now, const RecordKey& key, std::optional<NodeId> from) {
  const Entry* entry = table_.find(key);
  if (spread_ == Spread::everybody || !entry->place) reconciler_.publish(now, key, from);
  if (!placing_ || !entry->place || key.writer != self_) return;
  if (membership_ == Membership::buckets) return place_by_search(now, key, false);
  replicas_.charge(now, key, policy_.concerned(key.resource), false);
}

void Directory::note_member(TimePoint now, const Entry& entry) {
  const auto& key = entry.record.key();
  if (key.kind != Kind::node || key.writer == self_) return;
  if (entry.record.deleted()) return members_.left(key.writer);
  if (!members_.joined(key.writer, entry.record.version().epoch)) return;
  replicas_.doubt(now, key.writer);
  if (!members_.is_reachable(key.writer)) out_of_reach_.try_emplace(key.writer, now);
}

void Directory::reachable(TimePoint now, const NodeId& node, bool is_reachable) {
  const bool gone = !is_reachable && members_.is_member(node) && members_.is_reachable(node);
  if (gone) churn_.departed(now);
  members_.reachable(node, is_reachable);
  if (is_reachable) {
    out_of_reach_.erase(node);
  } else if (members_.is_member(node)) {
    out_of_reach_.try_emplace(node, now);
  }
}

bool Directory::is_holder(const Place& place) const {
  if (membership_ == Membership::buckets) return acquaintances_.closer_to(place) < copies();
  const auto holders = closest(place, copies());
  return std::find(holders.begin(), holders.end(), self_) != holders.end();
}

std::vector<NodeId> Directory::holders(std::string_view name) const {
  std::vector<NodeId> nodes;
  if (placing_) nodes = closest(overlay::place_of(digest_, name), copies());
  for (const auto& node : policy_.concerned(name)) {
    const bool there = std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    if (!there && members_.is_reachable(node)) nodes.push_back(node);
  }
  return nodes;
}

/// As a holder, or by having asked a moment ago.
bool Directory::known_here(TimePoint now, Kind wanted, std::string_view name) const {
  const auto& entries = table_.entries();
  for (auto at = entries.lower_bound({wanted, std::string(name), {}});
       at != entries.end() && at->first.kind == wanted && at->first.resource == name; ++at) {
    const Entry& entry = at->second;
    if (entry.record.deleted() || entry.stale || !entry.place) continue;
    if (entry.fresh_until && *entry.fresh_until > now) return true;
    if (entry.cached_until) continue;
    const auto concerned = policy_.concerned(name);
    if (is_holder(*entry.place) ||
        std::find(concerned.begin(), concerned.end(), self_) != concerned.end()) {
      return true;
    }
  }
  return false;
}

/// Then all that there is of it is here, as far as nodes within reach have said it.
bool Directory::stays_with_everybody(Kind kind, std::string_view name) const {
  const auto number = static_cast<std::uint16_t>(kind);
  return membership_ == Membership::everybody && policy_.searched_at(number, name) &&
         !policy_.placed_at(number, name, {});
}

std::uint64_t Directory::look_up(TimePoint now, Kind wanted, KindSet kinds, std::string_view name) {
  const auto number = ++last_look_up_;
  const bool any = !find(wanted, name).empty();
  if (!placing_ || (spread_ == Spread::everybody && any) || known_here(now, wanted, name) ||
      stays_with_everybody(wanted, name) || name.size() > Fetch::name_bytes_max) {
    out_.emplace_back(
        LookedUp{number, any ? LookUps::Outcome::found : LookUps::Outcome::absent, 0, 0});
    return number;
  }
  const auto place = overlay::place_of(digest_, name);
  if (membership_ == Membership::buckets) {
    look_up_searches_.insert(number);
    searches_.start(now, number, {place, std::string(name), wanted, kinds, copies()});
    return number;
  }
  look_ups_.start(now, number,
                  {std::string(name), place, wanted, kinds, copies(), policy_.concerned(name)});
  return number;
}

bool Directory::only_cached(KeyHash hash) const {
  const auto held = table_.find_hash(hash);
  return !held.empty() && std::all_of(held.begin(), held.end(), [](const Entry* entry) {
    return entry->cached_until.has_value();
  });
}

void Directory::receive_from_node(TimePoint now, const NodeId& from, BytesView message) {
  const auto read = parse_place_message(message);
  if (!read) {
    ++counters_.malformed_from_nodes;
    return;
  }
  if (sender_places(message) && membership_ == Membership::everybody) {
    others_place_until_ = now + limits_.others_place_for;
    place_if_anybody_does(now);
  }
  std::visit([&](const auto& each) { hear(now, from, each); }, *read);
}

void Directory::hear(TimePoint now, const NodeId& from, const Fetch& fetch) {
  ++counters_.fetches_answered;
  members_.heard(from, std::nullopt);
  const auto place = overlay::place_of(digest_, fetch.name);
  auto entries = table_.find_place(place);
  std::erase_if(entries, [&](const Entry* entry) {
    return !fetch.kinds.has(entry->record.key().kind) || entry->expires() <= now;
  });
  // What others' signatures hang on comes first.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return judged_before(a->record.key().kind, b->record.key().kind);
  });
  Found found{fetch.ask, is_holder(place), {}};
  std::size_t bytes = 0;
  for (const Entry* entry : entries) {
    const auto size = entry->record.bytes() + record_in_message_overhead;
    if (bytes + size > limits_.found_bytes_max) continue;
    bytes += size;
    found.records.push_back(in_message(now, *entry));
  }
  out_.emplace_back(SendToNode{from, encode(found), Precedence::priority, true, back()});
}

/// The verdict on one record that a distant node has sent.
Directory::Verdict Directory::judge_placed(TimePoint now, const NodeId& from, Record record,
                                           std::chrono::seconds age, bool cached) {
  Reconciler::Arrived arrived{std::move(record), {}, age, false};
  arrived.item = table_.item(arrived.record);
  const RecordKey key = arrived.record.key();
  const Version version = arrived.record.version();
  const auto judged = verdict(now, from, arrived);
  switch (judged) {
    case Verdict::taken:
      ++counters_.accepted;
      keep(now, std::move(arrived.record), now - arrived.age, false, cached);
      if (!table_.find(key)->place) publish(now, key, from);
      if (key.writer == self_) overtaken(now, key, version);
      break;
    case Verdict::known:
      ++counters_.known;
      if (const Entry* held = table_.find(key);
          held->cached_until && held->record.version() == version) {
        // Found again: it is as good as new. Stored: now it is kept.
        keep(now, held->record, held->born, false, cached);
      }
      break;
    case Verdict::too_often:
      ++counters_.too_often;
      break;
    case Verdict::expired:
      ++counters_.expired;
      break;
    case Verdict::refused:
      break;
  }
  return judged;
}

void Directory::hear(TimePoint now, const NodeId& from, const Found& found) {
  const auto asked = look_ups_.answered(now, from, found.ask);
  if (!asked) {
    ++counters_.unasked_answers;
    return;
  }
  const auto place = overlay::place_of(digest_, asked->name);
  const bool cached = spread_ == Spread::closest && !is_holder(place);
  bool any = false;
  bool refused = false;
  for (const auto& each : found.records) {
    auto record = Record::parse(each.body, each.signature);
    // Only what was asked for: nobody fills this node by answering.
    if (!record || !asked->kinds.has(record->key().kind) || place_of(*record) != place) {
      ++counters_.malformed_from_nodes;
      continue;
    }
    const Kind kind = record->key().kind;
    const auto judged =
        judge_placed(now, from, std::move(*record), std::chrono::seconds{each.age_s}, cached);
    const bool taken = judged == Verdict::taken || judged == Verdict::known;
    any |= taken && kind == asked->wanted;
    refused |= judged == Verdict::refused || judged == Verdict::too_often;
  }
  any = any && !find(asked->wanted, asked->name).empty();
  // What could not be judged is no no.
  if (any || !refused) look_ups_.told(now, from, found.ask, any);
}

void Directory::hear(TimePoint now, const NodeId& from, const Store& store) {
  members_.heard(from, std::nullopt);
  Verdicts answer{store.ask, {}};
  for (const auto& each : store.records) {
    auto record = Record::parse(each.body, each.signature);
    if (!record) {
      ++counters_.malformed_from_nodes;
      answer.verdicts.push_back(Verdicts::Each::refused);
      continue;
    }
    const auto judged =
        judge_placed(now, from, std::move(*record), std::chrono::seconds{each.age_s}, false);
    // Nobody need come back with what has expired.
    const bool refused = judged == Verdict::refused || judged == Verdict::too_often;
    answer.verdicts.push_back(refused ? Verdicts::Each::refused : Verdicts::Each::held);
  }
  out_.emplace_back(SendToNode{from, encode(answer), Precedence::priority, false, back()});
}

void Directory::hear(TimePoint now, const NodeId& from, const Proposal& proposal) {
  members_.heard(from, std::nullopt);
  Verdicts answer{proposal.ask, {}};
  for (const Item& item : proposal.items) {
    bool held = false;
    for (const Entry* entry : table_.find_hash(item.hash)) {
      held |= entry->record.version() >= item.version;
      if (entry->record.version() < item.version) continue;
      if (entry->item == item) table_.confirm(item.hash);
      if (entry->cached_until) keep(now, entry->record, entry->born, false);
    }
    const auto floor = table_.floor(item.hash);
    held |= floor && *floor >= item.version;
    answer.verdicts.push_back(held ? Verdicts::Each::held : Verdicts::Each::wanted);
  }
  out_.emplace_back(SendToNode{from, encode(answer), Precedence::routine, false, back()});
}

void Directory::hear(TimePoint now, const NodeId& from, const Verdicts& verdicts) {
  replicas_.receive(now, from, verdicts);
}

/// Records whose writers are away are cared for by those who hold them; what is placed elsewhere
/// now is let go in time.
void Directory::keep_up(TimePoint now) {
  choose_spread(now);
  place_if_anybody_does(now);
  if (!placing_) return;
  if (membership_ == Membership::buckets) return keep_up_searched(now);
  upkeep_at_ = now + limits_.upkeep_interval;
  measure_churn(now);
  replicas_.set_copies(now, copies());
  std::map<Place, std::vector<NodeId>> closest;
  std::vector<RecordKey> misplaced;
  for (const auto& [key, entry] : table_.entries()) {
    if (!entry.place || key.writer == self_ || entry.cached_until) continue;
    const auto [at, is_new] = closest.try_emplace(*entry.place);
    if (is_new) at->second = members_.closest(*entry.place, copies());
    const auto& holders = at->second;
    const auto own = std::find(holders.begin(), holders.end(), self_);
    const auto away = out_of_reach_.find(key.writer);
    const bool orphan = away != out_of_reach_.end() && now - away->second >= limits_.orphaned_after;
    const bool caring = orphan && own - holders.begin() < static_cast<std::ptrdiff_t>(carers);
    if (caring && !replicas_.in_charge(key)) {
      replicas_.charge(now, key, policy_.concerned(key.resource), true);
    } else if (!caring && replicas_.in_charge(key)) {
      replicas_.discharge(key);
    }
    if (own == holders.end() && spread_ == Spread::closest) misplaced.push_back(key);
  }
  for (const auto& key : misplaced) let_go(now, key);
}

/// Unless this node wants to hold it wherever it is placed.
void Directory::let_go(TimePoint now, const RecordKey& key) {
  const auto concerned = policy_.concerned(key.resource);
  if (std::find(concerned.begin(), concerned.end(), self_) != concerned.end()) return;
  table_.keep_until(key, now + limits_.misplaced_kept_for);
  schedule_expiry(now + limits_.misplaced_kept_for);
  if (!store_.erase(key.encode())) ++counters_.store_failures;
}

}  // namespace muster::overlay
