// SPDX-License-Identifier: Apache-2.0
#include "radio/range_set.hpp"

#include <algorithm>

namespace muster::radio {

void RangeSet::add(Range range) {
  if (range.from >= range.to) return;
  auto first = std::find_if(ranges_.begin(), ranges_.end(),
                            [&](const Range& held) { return held.to >= range.from; });
  auto last = first;
  while (last != ranges_.end() && last->from <= range.to) {
    range.from = std::min(range.from, last->from);
    range.to = std::max(range.to, last->to);
    ++last;
  }
  ranges_.insert(ranges_.erase(first, last), range);
}

void RangeSet::remove(Range range) {
  std::vector<Range> kept;
  for (const Range& held : ranges_) {
    const Range before{held.from, std::min(held.to, range.from)};
    const Range after{std::max(held.from, range.to), held.to};
    if (range.from >= range.to || held.to <= range.from || held.from >= range.to) {
      kept.push_back(held);
      continue;
    }
    if (before.from < before.to) kept.push_back(before);
    if (after.from < after.to) kept.push_back(after);
  }
  ranges_ = std::move(kept);
}

bool RangeSet::covers(Range range) const { return missing_from(range).empty(); }

std::vector<Range> RangeSet::missing_from(Range range) const {
  std::vector<Range> missing;
  std::size_t at = range.from;
  for (const Range& held : ranges_) {
    if (held.to <= at) continue;
    if (held.from >= range.to) break;
    if (held.from > at) missing.push_back({at, held.from});
    at = held.to;
  }
  if (at < range.to) missing.push_back({at, range.to});
  return missing;
}

}  // namespace muster::radio
