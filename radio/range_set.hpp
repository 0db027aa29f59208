// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace muster::radio {

/// Octets [from, to) of a packet.
struct Range {
  std::size_t from = 0;
  std::size_t to = 0;
  friend bool operator==(const Range&, const Range&) = default;
  [[nodiscard]] std::size_t size() const { return to - from; }
};

/// Parts of one packet, as sorted ranges that neither touch nor overlap.
class RangeSet {
 public:
  void add(Range range);
  void remove(Range range);
  void clear() { ranges_.clear(); }

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] bool covers(Range range) const;
  /// The parts of `range` that are not in the set.
  [[nodiscard]] std::vector<Range> missing_from(Range range) const;
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }

 private:
  std::vector<Range> ranges_;
};

}  // namespace muster::radio
