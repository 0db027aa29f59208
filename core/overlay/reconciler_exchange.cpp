// SPDX-License-Identifier: Apache-2.0
// How two neighbours find out where they differ and mend it.
#include <algorithm>
#include <limits>

#include "core/overlay/reconciler.hpp"

namespace muster::overlay {
namespace {

constexpr KeyHash last_hash = std::numeric_limits<KeyHash>::max();

}  // namespace

Reconciler::Heard Reconciler::receive(TimePoint now, const NodeId& from, BytesView message) {
  Heard heard;
  const auto at = neighbours_.find(from);
  const auto read = parse_sync_message(message);
  if (!read) {
    ++counters_.malformed_messages;
    return heard;
  }
  if (at == neighbours_.end()) {
    // Told to all who hear it, while this node compares itself with others: records prove
    // themselves.
    if (const auto* records = std::get_if<Records>(&*read)) {
      overhear(*records, heard);
    } else {
      ++counters_.from_strangers;
    }
    return heard;
  }
  std::visit([&](const auto& each) { hear(now, at->second, each, heard); }, *read);
  return heard;
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Summary& summary, Heard& heard) {
  from.part = summary.part;
  if (summary.purpose != Summary::Purpose::ask) from.start_at.reset();
  if (summary.digest == table_.digest(part_with(from))) {
    heard.in_step = part_with(from) == Part::whole;
    heard.caught_up = true;
    from.in_step = true;
    if (summary.purpose == Summary::Purpose::ask) send_summary(from, Summary::Purpose::conclude);
    return;
  }
  from.in_step = false;
  // What differs still after an exchange is not mended by another at once (a record that one side
  // will not take, say); the rounds of summaries come back to it.
  if (summary.purpose == Summary::Purpose::conclude || from.asking) return;
  // What spreads just now is likely all that differs.
  const bool news = news_spread(now);
  if (summary.purpose == Summary::Purpose::tell && news) return;
  if (news) {
    if (!from.start_at) from.start_by = now + limits_.crowd_patience;
    if (!from.start_at) from.start_at = now + limits_.crowd_quiet;
    return;
  }
  const bool both_asked = summary.purpose == Summary::Purpose::ask && from.id < self_ &&
                          now - from.asked_at < limits_.exchange_hold;
  if (!both_asked) return start_exchange(now, from);
  if (!from.start_at) from.start_at = now + limits_.start_after;
}

void Reconciler::start_exchange(TimePoint now, Neighbour& with) {
  with.start_at.reset();
  with.start_by.reset();
  if (with.exchange_until && *with.exchange_until > now) return;
  if (crowded()) {
    if (exchanging_until_ && *exchanging_until_ > now) {
      // What comes of that one may be all that is missing here too.
      with.start_at = *exchanging_until_ + limits_.crowd_delay_max;
      return;
    }
    exchanging_until_ = now + limits_.crowd_exchange_hold;
  }
  with.exchange_until = now + limits_.exchange_hold;
  ++counters_.exchanges;
  if (table_.size(part_with(with)) <= limits_.listed_whole_max) {
    send_listing(with, 0, last_hash, true);
  } else {
    send_sketch(with, limits_.sketch_symbols);
  }
}

void Reconciler::send_sketch(Neighbour& to, std::size_t symbols) {
  const auto part = part_with(to);
  to.sketched = true;
  if (symbols > Sketch::symbols_max) {
    send(to.id, encode(Buckets{table_.bucket_hashes(part)}), Precedence::routine);
    return;
  }
  std::vector<Element> elements;
  for (const Item& item : table_.items(0, last_hash, part)) elements.push_back(element_of(item));
  const auto salt = static_cast<std::uint32_t>(random_.next());
  send(to.id, encode(Sketched{part, sketch_of(elements, salt, symbols)}), Precedence::routine);
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Sketched& theirs, Heard& heard) {
  // Two that compare different parts will hear of it by the next Summary.
  if (theirs.part != part_with(from)) return;
  from.start_at.reset();
  const bool answers_ours = from.sketched && theirs.sketch.symbols.size() > limits_.sketch_symbols;
  if (!answers_ours && !peer_leads(now, from)) return;
  std::map<Element, Item> items;
  std::vector<Element> elements;
  for (const Item& item : table_.items(0, last_hash, theirs.part)) {
    elements.push_back(element_of(item));
    items.emplace(elements.back(), item);
  }
  const auto found = difference(theirs.sketch, elements);
  Differing answer{theirs.part, found ? found->only_theirs : std::vector<Element>{}, {}};
  for (const Element element : found ? found->only_ours : std::vector<Element>{}) {
    const auto ours = items.extract(element);
    if (!ours.empty()) answer.ours.push_back(ours.mapped());
  }
  if (!found || !answer.fits()) {
    ++counters_.sketches_too_small;
    const auto tried = theirs.sketch.symbols.size();
    const bool largest = tried >= Sketch::symbols_max;
    return send_sketch(from, largest ? tried + 1 : std::min(tried * 4, Sketch::symbols_max));
  }
  for (const auto& [element, item] : items) heard.confirmed.push_back(item.hash);
  send(from.id, encode(answer), Precedence::routine);
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Differing& differing, Heard& heard) {
  std::map<KeyHash, Item> ours;
  std::set<Element> wanted(differing.yours.begin(), differing.yours.end());
  for (const Item& item : table_.items(0, last_hash, part_with(from))) {
    if (wanted.contains(element_of(item))) {
      ours[item.hash] = item;
    } else {
      heard.confirmed.push_back(item.hash);
    }
  }
  Difference difference;
  for (const Item& item : differing.ours) {
    const auto at = ours.find(item.hash);
    if (at == ours.end() || item.version >= at->second.version) difference.take.push_back(item);
    if (at != ours.end() && item.version > at->second.version) ours.erase(at);
  }
  for (const auto& [hash, item] : ours) difference.give.push_back(item);
  mend(now, from, difference, heard);
}

/// Both may have started at once; then the exchange of the greater NodeId is dropped and its
/// owner answers the other's.
bool Reconciler::peer_leads(TimePoint now, const Neighbour& peer) const {
  return !(peer.exchange_until && *peer.exchange_until > now) || peer.id < self_;
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Buckets& theirs, Heard&) {
  if (!from.sketched && !peer_leads(now, from)) return;
  from.sketched = false;
  constexpr KeyHash width = KeyHash{1} << (64 - RecordTable::bucket_bits);
  const auto ours = table_.bucket_hashes(part_with(from));
  for (std::size_t i = 0; i < RecordTable::buckets; ++i) {
    if (ours[i] == theirs.hashes[i]) continue;
    std::size_t end = i;
    while (end + 1 < RecordTable::buckets && ours[end + 1] != theirs.hashes[end + 1]) ++end;
    send_listing(from, i * width, end * width + (width - 1), false);
    i = end;
  }
}

void Reconciler::send_listing(Neighbour& to, KeyHash first, KeyHash last, bool opening) {
  const auto items = table_.items(first, last, part_with(to));
  std::size_t at = 0;
  for (;;) {
    std::size_t end = std::min(items.size(), at + Listing::items_max);
    // Items of one hash stay together; should more of them exist than fit, the rest goes unsaid.
    while (end < items.size() && end > at + 1 && items[end].hash == items[end - 1].hash) --end;
    Listing part{opening, first, end == items.size() ? last : items[end].hash - 1, {}};
    part.items.assign(items.begin() + static_cast<std::ptrdiff_t>(at),
                      items.begin() + static_cast<std::ptrdiff_t>(end));
    send(to.id, encode(part), Precedence::routine);
    if (end == items.size()) return;
    first = items[end].hash;
    at = end;
  }
}

Reconciler::Difference Reconciler::compare(const Listing& listing, Part part, Heard& heard) const {
  std::map<KeyHash, Item> theirs;
  for (const Item& item : listing.items) {
    if (item.hash < listing.first || item.hash > listing.last) continue;
    Item& highest = theirs.try_emplace(item.hash, item).first->second;
    if (highest.version < item.version) highest = item;
  }
  Difference difference;
  for (const Item& ours : table_.items(listing.first, listing.last, part)) {
    const auto at = theirs.find(ours.hash);
    if (at == theirs.end()) {
      difference.give.push_back(ours);
      continue;
    }
    const Item item = at->second;
    theirs.erase(at);
    if (item == ours) heard.confirmed.push_back(ours.hash);
    if (item != ours && ours.version >= item.version) difference.give.push_back(ours);
    if (item != ours && ours.version <= item.version) difference.take.push_back(item);
  }
  for (const auto& [hash, item] : theirs) difference.take.push_back(item);
  return difference;
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Listing& listing, Heard& heard) {
  from.start_at.reset();
  if (listing.opening && !peer_leads(now, from)) return;
  if (listing.first > listing.last) {
    ++counters_.malformed_messages;
    return;
  }
  mend(now, from, compare(listing, part_with(from), heard), heard);
}

void Reconciler::mend(TimePoint now, Neighbour& from, const Difference& difference, Heard& heard) {
  give(now, from, difference.give);
  take(now, from, difference.take);
  if (from.asking) return;
  heard.caught_up = true;
  send_summary(from, Summary::Purpose::conclude);
}

void Reconciler::give(TimePoint now, Neighbour& to, const std::vector<Item>& items) {
  std::vector<const Entry*> sent;
  std::vector<Item> offered;
  std::size_t bytes = 0;
  for (const Item& item : items) {
    const auto declined = to.declined.find(item.hash);
    if (declined != to.declined.end() && declined->second.version >= item.version &&
        declined->second.until > now) {
      continue;
    }
    for (const Entry* entry : table_.find_hash(item.hash)) {
      bytes += entry->record.bytes() + Records::overhead_bytes;
      if (bytes <= sync_message_bytes_max) {
        sent.push_back(entry);
      } else if (offered.empty() || offered.back() != item) {
        offered.push_back(item);
      }
    }
  }
  send_records(now, to, std::move(sent), Precedence::routine);
  for (std::size_t at = 0; at < offered.size(); at += Offer::items_max) {
    const auto end = std::min(offered.size(), at + Offer::items_max);
    send(to.id,
         encode(Offer{{offered.begin() + static_cast<std::ptrdiff_t>(at),
                       offered.begin() + static_cast<std::ptrdiff_t>(end)}}),
         Precedence::routine);
  }
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Offer& offer, Heard&) {
  std::vector<Item> newer;
  for (const Item& item : offer.items) {
    if (!held(item)) newer.push_back(item);
  }
  take(now, from, newer);
}

bool Reconciler::held(const Item& item) const {
  const auto ours = table_.find_hash(item.hash);
  return std::any_of(ours.begin(), ours.end(), [&](const Entry* entry) {
    return entry->item == item || entry->item.version > item.version;
  });
}

bool Reconciler::refused(TimePoint now, const Item& item) const {
  const auto at = refusals_.find(item.hash);
  return at != refusals_.end() && at->second.version == item.version && at->second.until > now;
}

void Reconciler::take(TimePoint now, Neighbour& from, const std::vector<Item>& items) {
  std::vector<Decline::Each> declines;
  for (const Item& item : items) {
    const auto floor = table_.floor(item.hash);
    if (floor && *floor >= item.version) {
      declines.push_back({Decline::Reason::expired, item.hash, item.version});
    } else if (refused(now, item)) {
      declines.push_back({Decline::Reason::refused, item.hash, item.version});
    } else if (in_flight_.contains(item.hash)) {
      continue;
    } else if (from.backlog.size() >= limits_.backlog_records_max) {
      ++counters_.backlog_full;
    } else {
      from.backlog.push_back(item);
    }
  }
  send_declines(from, declines);
  from.bulk = from.bulk || from.backlog.size() > limits_.bulk_records;
  if (from.asked.empty()) ask_next(now, from);
}

void Reconciler::ask_next(TimePoint now, Neighbour& from) {
  Want want;
  while (!from.backlog.empty() && want.hashes.size() < Want::hashes_max) {
    const Item item = from.backlog.front();
    from.backlog.pop_front();
    if (held(item) || !in_flight_.insert(item.hash).second) continue;
    from.asked.insert(item.hash);
    want.hashes.push_back(item.hash);
  }
  if (want.hashes.empty()) {
    if (!from.asking) from.bulk = false;
    return;
  }
  from.asking = true;
  from.asked_until = now + limits_.want_timeout;
  send(from.id, encode(want), Precedence::routine);
}

void Reconciler::stop_asking(Neighbour& from) {
  for (const KeyHash hash : from.asked) in_flight_.erase(hash);
  from.asked.clear();
  from.backlog.clear();
  from.asking = false;
  from.bulk = false;
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Want& want, Heard&) {
  std::vector<const Entry*> found;
  std::vector<Decline::Each> missing;
  const std::size_t count = std::min(want.hashes.size(), Want::hashes_max);
  for (const KeyHash hash : std::span(want.hashes).first(count)) {
    const auto matching = table_.find_hash(hash);
    if (matching.empty()) missing.push_back({Decline::Reason::not_held, hash, {}});
    found.insert(found.end(), matching.begin(), matching.end());
  }
  send_records(now, from, std::move(found), Precedence::routine);
  send_declines(from, missing);
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Records& records, Heard& heard) {
  for (const auto& each : records.records) {
    auto record = Record::parse(each.body, each.signature);
    if (!record) {
      ++counters_.malformed_records;
      continue;
    }
    const Item item = table_.item(*record);
    const bool asked = from.asked.erase(item.hash) != 0;
    if (asked) {
      interval_ = limits_.summary_interval_min;  // they were not in step
      in_flight_.erase(item.hash);
      from.asked_until = now + limits_.want_timeout;
    }
    const Entry* ours = table_.find(record->key());
    if (!ours || ours->item.version <= item.version) from.pending.erase(record->key());
    if (ours && ours->item == item && push_at_) hear_echo(record->key());
    heard.records.push_back(
        {std::move(*record), item, std::chrono::seconds{each.age_s}, asked && from.bulk});
  }
}

void Reconciler::overhear(const Records& records, Heard& heard) {
  for (const auto& each : records.records) {
    auto record = Record::parse(each.body, each.signature);
    if (!record) {
      ++counters_.malformed_records;
      continue;
    }
    const Item item = table_.item(*record);
    const Entry* ours = table_.find(record->key());
    if (ours && ours->item == item) {
      if (push_at_) hear_echo(record->key());
      continue;
    }
    heard.records.push_back({std::move(*record), item, std::chrono::seconds{each.age_s}, false});
  }
}

void Reconciler::hear(TimePoint now, Neighbour& from, const Decline& decline, Heard& heard) {
  for (const auto& each : decline.items) {
    if (from.asked.erase(each.hash) != 0) in_flight_.erase(each.hash);
    if (each.reason == Decline::Reason::not_held) continue;
    if (from.declined.size() >= limits_.declined_max) from.declined.erase(from.declined.begin());
    Refusal& known = from.declined[each.hash];
    known = {std::max(known.version, each.version), now + limits_.declined_remembered};
    heard.declined.push_back(each);
  }
}

}  // namespace muster::overlay
