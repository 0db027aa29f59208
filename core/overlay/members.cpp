// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/members.hpp"

#include <algorithm>

namespace muster::overlay {

Members::Members(NodeId self, Limits limits)
    : self_(self), limits_(limits), times_(limits.answers) {}

Members::Member* Members::at(const NodeId& node) {
  if (node == self_) return nullptr;
  const auto found = members_.find(node);
  if (found != members_.end()) return &found->second;
  if (members_.size() >= limits_.members_max) return nullptr;
  return &members_.emplace(node, Member{times_.limits().round_trip}).first->second;
}

bool Members::joined(const NodeId& node, std::uint32_t epoch) {
  auto* member = at(node);
  if (member == nullptr || member->epoch == epoch) return false;
  count_ += !member->epoch;
  member->epoch = epoch;
  member->suspected = false;
  member->unanswered = 0;
  ++generation_;
  return true;
}

void Members::left(const NodeId& node) {
  const auto found = members_.find(node);
  if (found == members_.end() || !found->second.epoch) return;
  found->second.epoch.reset();
  if (!found->second.reachable) members_.erase(found);
  --count_;
  ++generation_;
}

void Members::reachable(const NodeId& node, bool is_reachable) {
  auto* member = at(node);
  if (member == nullptr || member->reachable == is_reachable) return;
  member->reachable = is_reachable;
  member->suspected = false;
  member->unanswered = 0;
  if (member->epoch) {
    ++generation_;
  } else if (!is_reachable) {
    members_.erase(node);
  }
}

/// Questions that follow each other within the time of an answer count as one.
void Members::asked(TimePoint now, const NodeId& node) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  auto& member = found->second;
  if (member.asked_at && now - *member.asked_at < timeout(node, 0)) return;
  if (member.asked_at) {
    times_.silent();
    ++member.unanswered;
    if (!member.suspected && member.unanswered >= times_.silences_allowed()) {
      member.suspected = true;
      ++generation_;
    }
  }
  member.asked_at = now;
}

void Members::heard(const NodeId& node, std::optional<Duration> took) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  auto& member = found->second;
  const bool counts = member.asked_at.has_value();
  member.asked_at.reset();
  member.unanswered = 0;
  if (member.suspected) {
    member.suspected = false;
    ++generation_;
  }
  if (!took) return;
  member.round_trip.sample(*took);
  if (counts) {
    times_.answered(*took);
  } else {
    times_.sample(*took);
  }
}

Duration Members::timeout(const NodeId& node, unsigned attempt) const {
  const auto found = members_.find(node);
  return times_.timeout(found == members_.end() ? nullptr : &found->second.round_trip, attempt);
}

bool Members::is_member(const NodeId& node) const {
  const auto found = members_.find(node);
  return node == self_ || (found != members_.end() && found->second.epoch);
}

bool Members::is_reachable(const NodeId& node) const {
  const auto found = members_.find(node);
  return node == self_ || (found != members_.end() && found->second.reachable);
}

bool Members::suspected(const NodeId& node) const {
  const auto found = members_.find(node);
  return found != members_.end() && found->second.suspected;
}

std::size_t Members::reachable_count() const {
  return static_cast<std::size_t>(
      std::count_if(members_.begin(), members_.end(),
                    [](const auto& pair) { return pair.second.epoch && pair.second.reachable; }));
}

std::vector<NodeId> Members::closest(const Place& place, std::size_t count) const {
  std::vector<NodeId> nodes{self_};
  for (const auto& [id, member] : members_) {
    if (member.epoch && member.reachable && !member.suspected) nodes.push_back(id);
  }
  return closest_to(place, std::move(nodes), count);
}

}  // namespace muster::overlay
