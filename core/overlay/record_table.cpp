// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/record_table.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::overlay {
namespace {

std::uint64_t first_eight(const std::array<std::uint8_t, 32>& digest) {
  return ByteReader(digest).u64();
}

}  // namespace

KeyHash RecordTable::hash(const RecordKey& key) const {
  return first_eight(digest_.sha256(key.encode()));
}

Item RecordTable::item(const Record& record) const {
  return {hash(record.key()), record.version(), first_eight(digest_.sha256(record.body()))};
}

/// What was summed up with it is to be summed up anew.
void RecordTable::touched(const Entry& entry) {
  for (const Part part : {Part::whole, Part::everybodys}) {
    if (part == Part::everybodys && entry.place) continue;
    const auto& sums = sums_[static_cast<std::size_t>(part)];
    if (sums == nullptr) continue;
    sums->fresh[bucket(entry.item.hash)] = false;
    sums->total.reset();
  }
}

void RecordTable::leave_place(Entry& entry) {
  if (entry.place) by_place_.erase(*entry.place, &entry);
}

void RecordTable::forget(std::map<RecordKey, Entry>::iterator at) {
  Entry& entry = at->second;
  by_hash_.erase(entry.item.hash, &entry);
  leave_place(entry);
  bytes_ -= entry.record.bytes();
  const auto writer = per_writer_.find(at->first.writer);
  auto& written = writer->second;
  written.bytes -= entry.record.bytes();
  if (--written.records[at->first.kind] == 0) written.records.erase(at->first.kind);
  if (written.records.empty()) per_writer_.erase(writer);
  touched(entry);
  entries_.erase(at);
}

const Entry& RecordTable::hold(Record record, TimePoint born, bool stale,
                               std::optional<Place> place) {
  const Item listed = item(record);
  const RecordKey key = record.key();
  if (const auto old = entries_.find(key); old != entries_.end()) forget(old);
  const auto [first, last] = floors_.equal_range(listed.hash);
  const auto lower = std::find_if(first, last, [&](auto& pair) { return pair.second.key == key; });
  if (lower != last) floors_.erase(lower);
  bytes_ += record.bytes();
  auto& written = per_writer_[key.writer];
  written.bytes += record.bytes();
  ++written.records[key.kind];
  Entry& entry =
      entries_.emplace(key, Entry{std::move(record), born, stale, listed, place}).first->second;
  by_hash_.insert(listed.hash, &entry);
  if (place) by_place_.insert(*place, &entry);
  touched(entry);
  return entry;
}

void RecordTable::keep_until(const RecordKey& key, std::optional<TimePoint> until,
                             std::optional<TimePoint> fresh) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return;
  at->second.cached_until = until;
  at->second.fresh_until = fresh;
}

void RecordTable::place(const RecordKey& key, std::optional<Place> place) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.place == place) return;
  Entry& entry = at->second;
  touched(entry);  // what it leaves
  leave_place(entry);
  entry.place = place;
  if (place) by_place_.insert(*place, &entry);
  touched(entry);  // and where it comes
}

void RecordTable::drop(const RecordKey& key) {
  const auto at = entries_.find(key);
  if (at != entries_.end()) forget(at);
}

std::optional<RecordTable::Floor> RecordTable::retire(const RecordKey& key) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return std::nullopt;
  const Floor left{key, at->second.record.version()};
  forget(at);
  set_floor(left.key, left.version);
  return left;
}

void RecordTable::set_floor(const RecordKey& key, Version version) {
  const KeyHash where = hash(key);
  const auto [first, last] = floors_.equal_range(where);
  for (auto at = first; at != last; ++at) {
    if (at->second.key != key) continue;
    at->second.version = std::max(at->second.version, version);
    return;
  }
  floors_.emplace(where, Floor{key, version});
}

std::optional<RecordKey> RecordTable::forget_floor_above(std::size_t floors_max) {
  if (floors_.size() <= floors_max) return std::nullopt;
  RecordKey key = floors_.begin()->second.key;
  floors_.erase(floors_.begin());
  return key;
}

void RecordTable::grow_older(const RecordKey& key, TimePoint born) {
  const auto at = entries_.find(key);
  if (at != entries_.end()) at->second.born = std::min(at->second.born, born);
}

void RecordTable::confirm(KeyHash hash) {
  for (const auto& each : by_hash_.of(hash)) each.second->stale = false;
}

void RecordTable::confirm_all() {
  for (auto& [key, entry] : entries_) entry.stale = false;
}

const Entry* RecordTable::find(const RecordKey& key) const {
  const auto at = entries_.find(key);
  return at == entries_.end() ? nullptr : &at->second;
}

std::vector<const Entry*> RecordTable::find_hash(KeyHash hash) const {
  std::vector<const Entry*> found;
  for (const auto& each : by_hash_.of(hash)) found.push_back(each.second);
  return found;
}

std::vector<const Entry*> RecordTable::find_place(const Place& place) const {
  std::vector<const Entry*> found;
  for (const auto& each : by_place_.of(place)) found.push_back(each.second);
  return found;
}

std::optional<Version> RecordTable::floor(const RecordKey& key) const {
  const auto [first, last] = floors_.equal_range(hash(key));
  for (auto at = first; at != last; ++at) {
    if (at->second.key == key) return at->second.version;
  }
  return std::nullopt;
}

std::optional<Version> RecordTable::floor(KeyHash hash) const {
  std::optional<Version> highest;
  const auto [first, last] = floors_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    highest = highest ? std::max(*highest, at->second.version) : at->second.version;
  }
  return highest;
}

std::map<Place, std::size_t> RecordTable::bytes_by_place() const {
  std::map<Place, std::size_t> bytes;
  for (const auto& [place, entry] : by_place_) bytes[place] += entry->record.bytes();
  return bytes;
}

std::size_t RecordTable::written_by(const NodeId& writer) const {
  const auto at = per_writer_.find(writer);
  if (at == per_writer_.end()) return 0;
  std::size_t count = 0;
  for (const auto& [kind, records] : at->second.records) count += records;
  return count;
}

std::size_t RecordTable::written_by(const NodeId& writer, Kind kind) const {
  const auto at = per_writer_.find(writer);
  if (at == per_writer_.end()) return 0;
  const auto of_kind = at->second.records.find(kind);
  return of_kind == at->second.records.end() ? 0 : of_kind->second;
}

std::size_t RecordTable::bytes_of(const NodeId& writer) const {
  const auto at = per_writer_.find(writer);
  return at == per_writer_.end() ? 0 : at->second.bytes;
}

std::size_t RecordTable::writers_of(Kind kind, const std::string& resource) const {
  std::size_t count = 0;
  for (auto at = entries_.lower_bound({kind, resource, {}});
       at != entries_.end() && at->first.kind == kind && at->first.resource == resource; ++at) {
    ++count;
  }
  return count;
}

std::vector<Item> RecordTable::items(KeyHash first, KeyHash last, Part part) const {
  std::vector<Item> listed;
  for (auto at = by_hash_.from(first); at != by_hash_.end() && at->first <= last; ++at) {
    if (part == Part::everybodys && at->second->place) continue;
    listed.push_back(at->second->item);
  }
  std::sort(listed.begin(), listed.end());
  return listed;
}

RecordTable::Sums& RecordTable::summed(Part part) const {
  auto& sums = sums_[static_cast<std::size_t>(part)];
  if (sums == nullptr) sums = std::make_unique<Sums>();
  return *sums;
}

const std::array<RecordTable::Full, RecordTable::buckets>& RecordTable::refreshed(Part part) const {
  constexpr KeyHash width = KeyHash{1} << (64 - bucket_bits);
  Sums& sums = summed(part);
  for (std::size_t i = 0; i < buckets; ++i) {
    if (sums.fresh[i]) continue;
    ByteWriter text;
    for (const Item& listed : items(i * width, i * width + (width - 1), part)) {
      text.u64(listed.hash).u32(listed.version.epoch).u32(listed.version.sequence);
      text.u64(listed.check);
    }
    sums.digests[i] = digest_.sha256(text.view());
    sums.fresh[i] = true;
  }
  return sums.digests;
}

RecordTable::BucketHashes RecordTable::bucket_hashes(Part part) const {
  BucketHashes hashes{};
  const auto& full = refreshed(part);
  std::transform(full.begin(), full.end(), hashes.begin(), first_eight);
  return hashes;
}

DirectoryDigest RecordTable::digest(Part part) const {
  auto& total = summed(part).total;
  if (!total) {
    Bytes text;
    for (const Full& each : refreshed(part)) append(text, each);
    const auto whole = digest_.sha256(text);
    total = *DirectoryDigest::from(BytesView(whole).first(DirectoryDigest::size));
  }
  return *total;
}

}  // namespace muster::overlay
