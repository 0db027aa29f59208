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

void RecordTable::forget(std::map<RecordKey, Entry>::iterator at) {
  Entry& entry = at->second;
  const auto [first, last] = by_hash_.equal_range(entry.item.hash);
  by_hash_.erase(std::find_if(first, last, [&](auto& pair) { return pair.second == &entry; }));
  bytes_ -= entry.record.bytes();
  const auto writer = per_writer_.find(at->first.writer);
  if (--writer->second == 0) per_writer_.erase(writer);
  fresh_[bucket(entry.item.hash)] = false;
  total_.reset();
  entries_.erase(at);
}

const Entry& RecordTable::hold(Record record, TimePoint born, bool stale) {
  const Item listed = item(record);
  const RecordKey key = record.key();
  if (const auto old = entries_.find(key); old != entries_.end()) forget(old);
  const auto [first, last] = floors_.equal_range(listed.hash);
  const auto lower = std::find_if(first, last, [&](auto& pair) { return pair.second.key == key; });
  if (lower != last) floors_.erase(lower);
  bytes_ += record.bytes();
  ++per_writer_[key.writer];
  Entry& entry = entries_.emplace(key, Entry{std::move(record), born, stale, listed}).first->second;
  by_hash_.emplace(listed.hash, &entry);
  fresh_[bucket(listed.hash)] = false;
  total_.reset();
  return entry;
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
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) at->second->stale = false;
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
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) found.push_back(at->second);
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

std::size_t RecordTable::written_by(const NodeId& writer) const {
  const auto at = per_writer_.find(writer);
  return at == per_writer_.end() ? 0 : at->second;
}

std::vector<Item> RecordTable::items(KeyHash first, KeyHash last) const {
  std::vector<Item> listed;
  for (auto at = by_hash_.lower_bound(first); at != by_hash_.end() && at->first <= last; ++at) {
    listed.push_back(at->second->item);
  }
  std::sort(listed.begin(), listed.end());
  return listed;
}

const std::array<RecordTable::Full, RecordTable::buckets>& RecordTable::refreshed() const {
  constexpr KeyHash width = KeyHash{1} << (64 - bucket_bits);
  for (std::size_t i = 0; i < buckets; ++i) {
    if (fresh_[i]) continue;
    ByteWriter text;
    for (const Item& listed : items(i * width, i * width + (width - 1))) {
      text.u64(listed.hash).u32(listed.version.epoch).u32(listed.version.sequence);
      text.u64(listed.check);
    }
    bucket_digests_[i] = digest_.sha256(text.view());
    fresh_[i] = true;
  }
  return bucket_digests_;
}

RecordTable::BucketHashes RecordTable::bucket_hashes() const {
  BucketHashes hashes{};
  std::transform(refreshed().begin(), refreshed().end(), hashes.begin(), first_eight);
  return hashes;
}

DirectoryDigest RecordTable::digest() const {
  if (!total_) {
    Bytes text;
    for (const Full& each : refreshed()) append(text, each);
    const auto whole = digest_.sha256(text);
    total_ = *DirectoryDigest::from(BytesView(whole).first(DirectoryDigest::size));
  }
  return *total_;
}

}  // namespace muster::overlay
