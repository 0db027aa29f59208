// SPDX-License-Identifier: Apache-2.0
#include "node/directory_partners.hpp"

#include <algorithm>

namespace muster::node {

void DirectoryPartners::neighbour_up(TimePoint now, const NodeId& id, bool direct) {
  neighbour_down(id);
  Neighbour& neighbour = neighbours_[id];
  neighbour.direct = direct;
  neighbour.from = now;
  if (compared_ >= limits_.at_once) {
    const auto spread = limits_.others_after_max - limits_.others_after_min;
    neighbour.from += limits_.others_after_min +
                      Duration{static_cast<Duration::rep>(
                          random_.below(static_cast<std::uint64_t>(spread.count()) + 1))};
  }
  review(now, id, neighbour);
}

void DirectoryPartners::neighbour_down(const NodeId& id) {
  const auto found = neighbours_.find(id);
  if (found == neighbours_.end()) return;
  if (found->second.compared) {
    --compared_;
    changes_.push_back({id, false});
  }
  neighbours_.erase(found);
}

void DirectoryPartners::route_changed(TimePoint now, const NodeId& id, bool direct) {
  const auto found = neighbours_.find(id);
  if (found == neighbours_.end()) return;
  found->second.direct = direct;
  review(now, id, found->second);
}

void DirectoryPartners::advance(TimePoint now) {
  for (auto& [id, neighbour] : neighbours_) review(now, id, neighbour);
}

void DirectoryPartners::review(TimePoint now, const NodeId& id, Neighbour& neighbour) {
  const bool compare = neighbour.direct && (neighbour.from <= now || compared_ == 0);
  if (compare == neighbour.compared) return;
  neighbour.compared = compare;
  if (compare) neighbour.from = std::min(neighbour.from, now);
  compare ? ++compared_ : --compared_;
  changes_.push_back({id, compare});
}

std::optional<DirectoryPartners::Change> DirectoryPartners::poll() {
  if (changes_.empty()) return std::nullopt;
  const Change change = changes_.front();
  changes_.pop_front();
  return change;
}

std::optional<TimePoint> DirectoryPartners::deadline() const {
  std::optional<TimePoint> due;
  for (const auto& [id, neighbour] : neighbours_) {
    if (neighbour.direct && !neighbour.compared) due = earlier(due, neighbour.from);
  }
  return due;
}

}  // namespace muster::node
