// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/members.hpp"

#include <algorithm>
#include <cmath>

namespace muster::overlay {

Members::Members(NodeId self, Limits limits)
    : self_(self), limits_(limits), of_all_(limits.round_trip) {}

void Members::set_pace(Duration answer_within) {
  auto& limits = limits_.round_trip;
  limits.timeout_initial = std::max(limits.timeout_initial, answer_within);
  limits.timeout_max = std::max(limits.timeout_max, 4 * answer_within);
  if (!of_all_.smoothed()) of_all_ = RoundTrip(limits);
}

Members::Member* Members::at(const NodeId& node) {
  if (node == self_) return nullptr;
  const auto found = members_.find(node);
  if (found != members_.end()) return &found->second;
  if (members_.size() >= limits_.members_max) return nullptr;
  return &members_.emplace(node, Member{limits_.round_trip}).first->second;
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

void Members::outcome(bool answered) {
  ++asked_;
  answered_ += answered ? 1 : 0;
  if (asked_ < limits_.outcomes_remembered_max) return;
  asked_ /= 2;
  answered_ /= 2;
}

/// Questions that follow each other within the time of an answer count as one.
void Members::asked(TimePoint now, const NodeId& node) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  auto& member = found->second;
  if (member.asked_at && now - *member.asked_at < timeout(node, 0)) return;
  if (member.asked_at) {
    outcome(false);
    ++member.unanswered;
    if (!member.suspected && member.unanswered >= silence_allowed()) {
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
  if (member.asked_at && took) outcome(true);
  member.asked_at.reset();
  member.unanswered = 0;
  if (member.suspected) {
    member.suspected = false;
    ++generation_;
  }
  if (!took) return;
  member.round_trip.sample(*took);
  of_all_.sample(*took);
}

Duration Members::timeout(const NodeId& node, unsigned attempt) const {
  const Duration usual = of_all_.timeout(attempt);
  const auto found = members_.find(node);
  if (found == members_.end() || !found->second.round_trip.smoothed()) return usual;
  // A node that is asked once in an hour is remembered by how busy it was then.
  return std::min(usual, found->second.round_trip.timeout(attempt));
}

double Members::loss() const {
  // As if one question had been answered: nothing is known at the beginning.
  return 1 - (answered_ + 1) / (asked_ + 1);
}

unsigned Members::silence_allowed() const {
  const double missed = std::clamp(loss(), 0.05, 0.95);
  const double count = std::log(limits_.silence_improbable) / std::log(missed);
  return std::max(limits_.silence_min, static_cast<unsigned>(std::ceil(count)));
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
