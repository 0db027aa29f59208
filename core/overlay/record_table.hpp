// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/base/time.hpp"
#include "core/overlay/entry_index.hpp"
#include "core/overlay/place.hpp"
#include "core/overlay/record.hpp"
#include "core/ports/digest.hpp"

namespace muster::overlay {

/// The same on two nodes if and only if they hold the same versions of the same records.
using DirectoryDigest = Id<struct DirectoryDigestTag, 16>;

/// First eight octets of SHA-256 over a record's key: where it stands in every listing. Two
/// records may share one; that costs a needless transfer, never a record.
using KeyHash = std::uint64_t;

/// What a listing says of one record: 24 octets.
struct Item {
  static constexpr std::size_t wire_bytes = 24;
  KeyHash hash = 0;
  Version version;
  std::uint64_t check = 0;  ///< first eight octets of SHA-256 over the body: tells clones apart
  friend auto operator<=>(const Item&, const Item&) = default;
};

/// A held record, with what travels beside it unsigned.
struct Entry {
  Record record;
  TimePoint born;      ///< now minus age; before TimePoint zero if older than this node's uptime
  bool stale = false;  ///< from disk, and no neighbour has named it since
  Item item;
  std::optional<Place> place{};             ///< nothing: it belongs to everybody
  std::optional<TimePoint> cached_until{};  ///< nothing: it is kept here until it expires
  std::optional<TimePoint> fresh_until{};   ///< of what was found elsewhere: need not be asked for

  [[nodiscard]] TimePoint expires() const { return born + record.lifetime(); }
  [[nodiscard]] TimePoint gone_at() const {
    return cached_until ? std::min(*cached_until, expires()) : expires();
  }
};

/// Which records two nodes compare: all they hold, or those that belong to everybody in any case.
enum class Part : std::uint8_t { whole = 0, everybodys = 1 };

/// The records a node holds, the versions it remembers of those it no longer holds (floors), and
/// the hashes by which two nodes find out where they differ.
class RecordTable {
 public:
  static constexpr unsigned bucket_bits = 6;
  static constexpr std::size_t buckets = std::size_t{1} << bucket_bits;
  using BucketHashes = std::array<std::uint64_t, buckets>;

  /// The highest version ever held of a record that has gone.
  struct Floor {
    RecordKey key;
    Version version;
  };

  explicit RecordTable(ports::Digest& digest) : digest_(digest) {}
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;

  [[nodiscard]] KeyHash hash(const RecordKey& key) const;
  [[nodiscard]] Item item(const Record& record) const;

  /// Holds `record`, in place of any other of its key.
  const Entry& hold(Record record, TimePoint born, bool stale, std::optional<Place> place = {});
  /// Keeps it no longer than until then, or (nothing) as long as it lives.
  void keep_until(const RecordKey& key, std::optional<TimePoint> until,
                  std::optional<TimePoint> fresh = std::nullopt);
  /// From now on it lies there; nothing: it belongs to everybody.
  void place(const RecordKey& key, std::optional<Place> place);
  /// Lets go of a record and remembers nothing of it.
  void drop(const RecordKey& key);
  /// Lets go of a record and keeps its version as the floor; returns what was kept.
  std::optional<Floor> retire(const RecordKey& key);
  void set_floor(const RecordKey& key, Version version);
  /// Forgets one floor, if there are more than `floors_max`; returns its key.
  std::optional<RecordKey> forget_floor_above(std::size_t floors_max);

  /// The age of a record only grows: an earlier birth wins, a later one is ignored.
  void grow_older(const RecordKey& key, TimePoint born);
  void confirm(KeyHash hash);
  void confirm_all();

  [[nodiscard]] const Entry* find(const RecordKey& key) const;
  [[nodiscard]] std::vector<const Entry*> find_hash(KeyHash hash) const;
  [[nodiscard]] std::vector<const Entry*> find_place(const Place& place) const;
  [[nodiscard]] std::optional<Version> floor(const RecordKey& key) const;
  [[nodiscard]] std::optional<Version> floor(KeyHash hash) const;

  [[nodiscard]] const std::map<RecordKey, Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t floors() const { return floors_.size(); }
  /// Of what is placed, octets at each place.
  [[nodiscard]] std::map<Place, std::size_t> bytes_by_place() const;
  [[nodiscard]] std::size_t written_by(const NodeId& writer) const;
  [[nodiscard]] std::size_t written_by(const NodeId& writer, Kind kind) const;
  /// Octets of bodies and signatures.
  [[nodiscard]] std::size_t bytes_of(const NodeId& writer) const;
  /// How many have written records of that name.
  [[nodiscard]] std::size_t writers_of(Kind kind, const std::string& resource) const;

  [[nodiscard]] DirectoryDigest digest(Part part = Part::whole) const;
  /// Per bucket (the top bits of the key hash), eight octets over what it lists.
  [[nodiscard]] BucketHashes bucket_hashes(Part part = Part::whole) const;
  /// All with first <= hash <= last, in order.
  [[nodiscard]] std::vector<Item> items(KeyHash first, KeyHash last, Part part = Part::whole) const;
  [[nodiscard]] std::size_t size(Part part) const {
    return part == Part::whole ? entries_.size() : entries_.size() - by_place_.size();
  }

 private:
  using Full = std::array<std::uint8_t, 32>;
  void forget(std::map<RecordKey, Entry>::iterator at);
  void touched(const Entry& entry);
  void leave_place(Entry& entry);
  const std::array<Full, buckets>& refreshed(Part part) const;
  static std::size_t bucket(KeyHash hash) { return hash >> (64 - bucket_bits); }

  ports::Digest& digest_;
  std::map<RecordKey, Entry> entries_;
  EntryIndex<KeyHash> by_hash_;
  EntryIndex<Place> by_place_;
  struct Written {
    std::size_t bytes = 0;
    std::map<Kind, std::size_t> records{};
  };
  std::map<NodeId, Written> per_writer_;
  std::size_t bytes_ = 0;
  std::multimap<KeyHash, Floor> floors_;
  // Computed when asked for after a change; where nobody compares, there are none.
  struct Sums {
    std::array<Full, buckets> digests{};
    std::array<bool, buckets> fresh{};
    std::optional<DirectoryDigest> total;
  };
  Sums& summed(Part part) const;
  mutable std::array<std::unique_ptr<Sums>, 2> sums_{};  ///< by Part; 2 kB each
};

}  // namespace muster::overlay
