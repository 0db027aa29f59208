// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/bucket_table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/base/byte_reader.hpp"

namespace muster::overlay {
namespace {

using Distance = BucketTable::Distance;
constexpr unsigned id_bits = NodeId::size * 8;
constexpr std::size_t grown_by = 16;

/// Leading bits that are the same: 0 for the other half of all ids.
unsigned level_of(const Distance& distance) {
  for (unsigned octet = 0; octet < Distance::size; ++octet) {
    if (distance.octets[octet] != 0) {
      return octet * 8 + static_cast<unsigned>(std::countl_zero(distance.octets[octet]));
    }
  }
  return id_bits - 1;
}

/// The first distance of a level: one bit.
Distance first_of(unsigned level) {
  Distance first;
  first.octets[level / 8] = static_cast<std::uint8_t>(0x80U >> (level % 8));
  return first;
}

/// As a share of all ids, 0 to 1.
double share(const Distance& distance) {
  return std::ldexp(static_cast<double>(ByteReader(distance.view()).u64()), -64);
}

}  // namespace

Distance BucketTable::distance(const NodeId& node) const {
  Distance distance;
  for (std::size_t i = 0; i < Distance::size; ++i) {
    distance.octets[i] = static_cast<std::uint8_t>(node.octets[i] ^ self_.octets[i]);
  }
  return distance;
}

/// Where it stands among the entries, or would.
std::size_t BucketTable::place_of(const Distance& at) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), at,
      [](const Entry& entry, const Distance& distance) { return entry.at < distance; });
  return static_cast<std::size_t>(found - entries_.begin());
}

BucketTable::Bucket BucketTable::bucket(unsigned level) const {
  const auto first = std::max(place_of(first_of(level)), limits_.siblings_max);
  const auto end = level == 0 ? entries_.size() : place_of(first_of(level - 1));
  return {std::min(first, end), end};
}

bool BucketTable::wants(const Distance& at) const {
  const auto place = place_of(at);
  if (place < entries_.size() && entries_[place].at == at) return false;
  if (place < limits_.siblings_max) return true;
  const auto there = bucket(level_of(at));
  return there.end - there.first < limits_.bucket_contacts_max;
}

bool BucketTable::wants(const NodeId& node) const { return node != self_ && wants(distance(node)); }

BucketTable::Entry* BucketTable::answered(TimePoint now, const Contact& contact,
                                          const RoundTrip::Limits& round_trip) {
  const auto at = distance(contact.id);
  if (Entry* known = find(contact.id)) {
    if (known->contact.path != contact.path) known->contact.path = contact.path;
    known->heard_at = now;
    known->asked_at.reset();
    known->silences = 0;
    return known;
  }
  if (!wants(contact.id)) return nullptr;
  // A table of some hundred is not to have room for twice as many.
  if (entries_.size() == entries_.capacity()) entries_.reserve(entries_.size() + grown_by);
  entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(place_of(at)),
                  Entry{at, contact, now, {}, 0, RoundTrip(round_trip)});
  // One that is no sibling any more, now that there is a closer one, is one of its bucket.
  if (entries_.size() > limits_.siblings_max)
    make_room(level_of(entries_[limits_.siblings_max].at));
  return find(contact.id);
}

/// Of a bucket with more than it may have, who was silent for longest goes. Siblings stay.
void BucketTable::make_room(unsigned level) {
  const auto there = bucket(level);
  if (there.end - there.first <= limits_.bucket_contacts_max) return;
  const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(there.first);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(there.end);
  entries_.erase(std::min_element(
      first, end, [](const Entry& a, const Entry& b) { return a.heard_at < b.heard_at; }));
}

bool BucketTable::lost(const NodeId& node) {
  const Entry* entry = find(node);
  if (entry == nullptr) return false;
  entries_.erase(entries_.begin() + (entry - entries_.data()));
  return true;
}

const BucketTable::Entry* BucketTable::find(const NodeId& node) const {
  const auto at = distance(node);
  const auto place = place_of(at);
  return place < entries_.size() && entries_[place].at == at ? &entries_[place] : nullptr;
}

BucketTable::Entry* BucketTable::find(const NodeId& node) {
  const auto at = distance(node);
  const auto place = place_of(at);
  return place < entries_.size() && entries_[place].at == at ? &entries_[place] : nullptr;
}

std::vector<Contact> BucketTable::closest(const Place& place, std::size_t count) const {
  std::vector<std::pair<Distance, const Entry*>> ranked;
  ranked.reserve(entries_.size());
  for (const auto& entry : entries_) {
    Distance away;
    for (std::size_t i = 0; i < Distance::size; ++i) {
      away.octets[i] = static_cast<std::uint8_t>(entry.contact.id.octets[i] ^ place.octets[i]);
    }
    ranked.emplace_back(away, &entry);
  }
  const auto end = ranked.begin() + static_cast<std::ptrdiff_t>(std::min(count, ranked.size()));
  std::partial_sort(ranked.begin(), end, ranked.end(),
                    [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Contact> contacts;
  contacts.reserve(static_cast<std::size_t>(end - ranked.begin()));
  for (auto each = ranked.begin(); each != end; ++each) contacts.push_back(each->second->contact);
  return contacts;
}

std::size_t BucketTable::closer_to(const Place& place) const {
  // Which of two is closer is decided where they first differ: there the closer is as the place is.
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        const unsigned level = level_of(entry.at);
        const auto mask = static_cast<std::uint8_t>(0x80U >> (level % 8));
        return ((self_.octets[level / 8] ^ place.octets[level / 8]) & mask) != 0;
      }));
}

/// Of n ids the j-th closest to any place is j / n of all ids away, on average.
std::size_t BucketTable::nodes_estimated() const {
  if (entries_.size() < limits_.siblings_max) return entries_.size() + 1;
  const double away = share(entries_[limits_.siblings_max - 1].at);
  if (away <= 0) return entries_.size() + 1;
  const auto estimate = static_cast<double>(limits_.siblings_max) / away;
  return std::max(entries_.size() + 1, static_cast<std::size_t>(std::min(estimate, 1e9)));
}

unsigned BucketTable::levels() const {
  if (entries_.size() < limits_.siblings_max) return 0;
  return level_of(entries_[limits_.siblings_max - 1].at);
}

Place BucketTable::place_in(unsigned level, const Place& random) const {
  Place place = random;
  for (unsigned bit = 0; bit <= level && bit < id_bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    const bool own = (self_.octets[bit / 8] & mask) != 0;
    auto& octet = place.octets[bit / 8];
    octet = static_cast<std::uint8_t>((own != (bit == level)) ? octet | mask : octet & ~mask);
  }
  return place;
}

}  // namespace muster::overlay
