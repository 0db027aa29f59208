// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/base/round_trip.hpp"
#include "core/base/time.hpp"
#include "core/overlay/contact.hpp"
#include "core/overlay/place.hpp"

namespace muster::overlay {

struct BucketTableLimits {
  // Of the literature.
  /// Contacts of one bucket (the k of Kademlia, section 2.2, where it is 20; 8 in BEP 5, and enough
  /// here where every contact is asked now and then whether it lives).
  std::size_t bucket_contacts_max = 8;
  /// The nodes closest to this one, all of them (S/Kademlia, Baumgart and Mies 2007, section 4.2:
  /// sibling broadcast): more than there are copies, so that a holder knows who the others are.
  std::size_t siblings_max = 32;
};

/// Kademlia's routing table (Maymounkov and Mazieres 2002, section 2.2) of one bit a level: of each
/// half, quarter, eighth... of the ids that this node is not in, a few nodes; of its own corner
/// all. So it grows with the logarithm of their number, some 250 octets a contact.
///
/// Whoever answers stays: who has been there for long is likely to be there tomorrow (section 2.1).
class BucketTable {
 public:
  using Limits = BucketTableLimits;
  /// The id of a node as seen from this one: XOR of both.
  using Distance = Id<struct DistanceTag, NodeId::size>;
  struct Entry {
    Distance at;
    Contact contact;
    TimePoint heard_at{};
    std::optional<TimePoint> asked_at{};  ///< of a question that is not answered yet
    unsigned silences = 0;                ///< in a row
    RoundTrip round_trip;
  };

  BucketTable(NodeId self, Limits limits) : self_(self), limits_(limits) {}

  /// Whether it would be taken in: it is not here yet, and there is room for it.
  [[nodiscard]] bool wants(const NodeId& node) const;
  /// It has answered from there. Nothing if there is no room for it. What this and find() give
  /// lives until another comes or goes.
  Entry* answered(TimePoint now, const Contact& contact, const RoundTrip::Limits& round_trip);
  /// It is gone. True if it was here.
  bool lost(const NodeId& node);

  [[nodiscard]] Entry* find(const NodeId& node);
  [[nodiscard]] const Entry* find(const NodeId& node) const;
  /// Closest to `place` first; without this node.
  [[nodiscard]] std::vector<Contact> closest(const Place& place, std::size_t count) const;
  /// How many of them are closer to `place` than this node.
  [[nodiscard]] std::size_t closer_to(const Place& place) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// How many nodes there are, with this one: as many as are known where that may be all, else
  /// from how close together the siblings are.
  [[nodiscard]] std::size_t nodes_estimated() const;
  /// Levels that have a bucket of their own: those above the siblings' corner.
  [[nodiscard]] unsigned levels() const;
  /// A place in the part of the ids that bucket `level` is of; `random` says where in it.
  [[nodiscard]] Place place_in(unsigned level, const Place& random) const;
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  [[nodiscard]] Distance distance(const NodeId& node) const;
  [[nodiscard]] std::size_t place_of(const Distance& at) const;
  [[nodiscard]] bool wants(const Distance& at) const;
  struct Bucket {
    std::size_t first;  ///< siblings that are also of this level come before it
    std::size_t end;
  };
  [[nodiscard]] Bucket bucket(unsigned level) const;
  void make_room(unsigned level);

  NodeId self_;
  Limits limits_;
  std::vector<Entry> entries_;  ///< closest first, so that buckets are stretches of it
};

}  // namespace muster::overlay
