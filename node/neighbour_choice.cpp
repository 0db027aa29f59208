// SPDX-License-Identifier: Apache-2.0
#include "node/neighbour_choice.hpp"

#include <algorithm>
#include <vector>

namespace muster::node {

Duration NeighbourChoice::by_chance(Duration from, Duration to) {
  const auto width = static_cast<std::uint64_t>((to - from).count()) + 1;
  return from + Duration{static_cast<Duration::rep>(random_.below(width))};
}

void NeighbourChoice::heard(TimePoint now, const NodeId& node, const LinkPath& path) {
  auto found = candidates_.find(node);
  if (found == candidates_.end()) {
    if (candidates_.size() >= limits_.candidates_max) return;
    found = candidates_.try_emplace(node).first;
    found->second.ready = now + by_chance(limits_.gather_min, limits_.gather_max);
    found->second.missed = now + by_chance(limits_.missed_after, 2 * limits_.missed_after);
    due_ = earlier(due_, found->second.ready);
  }
  Candidate& candidate = found->second;
  candidate.path = path;
  if (candidate.times > 0) candidate.gap = now - candidate.last;
  candidate.last = now;
  ++candidate.times;
  if (candidate.missed > now) {
    due_ = earlier(due_, candidate.missed);
  } else {
    due_ = earlier(due_, now);
  }
  heard_now_.insert(node);
}

void NeighbourChoice::forget(const NodeId& node) {
  candidates_.erase(node);
  heard_now_.erase(node);
}

void NeighbourChoice::link_down(LinkId link) {
  std::erase_if(candidates_, [&](const auto& each) { return each.second.path.link == link; });
}

std::optional<std::pair<NodeId, LinkPath>> NeighbourChoice::next(TimePoint now, const Have& have,
                                                                 const mesh::NextHops* routes) {
  due_.reset();
  if (candidates_.empty()) return std::nullopt;
  auto chosen = candidates_.end();
  if (have.good < limits_.wanted && have.all < limits_.most) {
    if (have.under_way < limits_.under_way_max) chosen = by_lot(now);
  } else if (have.all < limits_.most) {
    chosen = missing(now, have, routes);
  }
  if (chosen == candidates_.end()) return std::nullopt;
  const std::pair<NodeId, LinkPath> result{chosen->first, chosen->second.path};
  heard_now_.erase(result.first);
  candidates_.erase(chosen);
  return result;
}

/// Of two that are drawn the one heard more often: who is heard once may be too far away.
NeighbourChoice::Candidates::iterator NeighbourChoice::by_lot(TimePoint now) {
  std::vector<Candidates::iterator> ready;
  for (auto each = candidates_.begin(); each != candidates_.end();) {
    if (now - each->second.last > std::max(limits_.heard_for, 3 * each->second.gap)) {
      heard_now_.erase(each->first);
      each = candidates_.erase(each);
      continue;
    }
    if (each->second.ready <= now) {
      ready.push_back(each);
    } else {
      due_ = earlier(due_, each->second.ready);
    }
    ++each;
  }
  if (ready.empty()) return candidates_.end();
  const auto one = ready[random_.below(ready.size())];
  const auto other = ready[random_.below(ready.size())];
  return one->second.times >= other->second.times ? one : other;
}

/// Among those who have just been heard: what cannot be reached otherwise is so reached at the
/// latest when it is heard again.
NeighbourChoice::Candidates::iterator NeighbourChoice::missing(TimePoint now, const Have& have,
                                                               const mesh::NextHops* routes) {
  if (missed_at_ && now < *missed_at_ + spacing_) {
    if (!heard_now_.empty()) due_ = *missed_at_ + spacing_;
    return candidates_.end();
  }
  for (auto each = heard_now_.begin(); each != heard_now_.end();) {
    const auto candidate = candidates_.find(*each);
    if (candidate == candidates_.end()) {
      each = heard_now_.erase(each);
      continue;
    }
    if (candidate->second.missed > now) {
      due_ = earlier(due_, candidate->second.missed);
      ++each;
      continue;
    }
    each = heard_now_.erase(each);
    if (!is_missing(candidate->first, have, routes)) continue;
    const bool again = missed_at_ && now < *missed_at_ + 2 * limits_.spacing_max;
    spacing_ = again ? std::min(2 * spacing_, limits_.spacing_max) : limits_.spacing_min;
    missed_at_ = now;
    if (!heard_now_.empty()) due_ = now + spacing_;
    return candidate;
  }
  return candidates_.end();
}

bool NeighbourChoice::is_missing(const NodeId& node, const Have& have,
                                 const mesh::NextHops* routes) const {
  const auto way = routes == nullptr ? std::nullopt : routes->distance(node);
  if (!way) return true;
  return have.all < limits_.detours_until && *way >= limits_.detour_hops * have.cheapest_hop;
}

}  // namespace muster::node
