// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace muster::overlay {

struct Entry;

/// Entries of a record table by something of theirs, of which many may have the same: in order, and
/// side by side in memory, since a look is made often and seldom anything changes.
template <typename Key>
class EntryIndex {
 public:
  using Each = std::pair<Key, Entry*>;

  /// After all others of the same key.
  void insert(const Key& key, Entry* entry) {
    const auto at =
        std::upper_bound(all_.begin(), all_.end(), key,
                         [](const Key& wanted, const Each& each) { return wanted < each.first; });
    all_.insert(at, Each{key, entry});
  }
  /// It must be there.
  void erase(const Key& key, const Entry* entry) {
    auto at = first(key);
    while (at->second != entry) ++at;
    all_.erase(at);
  }
  [[nodiscard]] std::span<const Each> of(const Key& key) const {
    const auto begin = from(key);
    auto end = begin;
    while (end != all_.end() && end->first == key) ++end;
    return {begin, end};
  }
  [[nodiscard]] typename std::vector<Each>::const_iterator from(const Key& key) const {
    return std::lower_bound(all_.begin(), all_.end(), key, before);
  }
  [[nodiscard]] auto begin() const { return all_.begin(); }
  [[nodiscard]] auto end() const { return all_.end(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  static bool before(const Each& each, const Key& wanted) { return each.first < wanted; }
  [[nodiscard]] typename std::vector<Each>::iterator first(const Key& key) {
    return std::lower_bound(all_.begin(), all_.end(), key, before);
  }

  std::vector<Each> all_;
};

}  // namespace muster::overlay
