// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/on_demand_ways.hpp"

#include <algorithm>
#include <cmath>

namespace muster::mesh {
namespace {

/// Who was heard once is taken to be heard that well: by chance one hears those who are far, too.
constexpr double heard_at_first = 0.5;
constexpr double arrived_at_first = 0.8;
/// How much one frame more or less says.
constexpr double heard_weight = 1.0 / 12;
constexpr double arrived_weight = 1.0 / 6;
/// A long silence of somebody who went out of reach must not take as long to be forgotten.
constexpr std::uint32_t missed_counted_max = 12;
constexpr unsigned tries_counted = 3;
/// A hop of which less arrives than that is none.
constexpr double ratio_min = 0.15;

}  // namespace

void OnDemandWays::heard(TimePoint now, const NodeId& neighbour, std::uint32_t missed) {
  const auto found = hops_.find(neighbour);
  if (found == hops_.end()) {
    if (hops_.size() >= limits_.neighbours_max) {
      hops_.erase(std::ranges::min_element(hops_, {},
                                           [](const auto& each) { return each.second.heard_at; }));
    }
    hops_.emplace(neighbour, Hop{heard_at_first, arrived_at_first, 0, now});
    return;
  }
  Hop& hop = found->second;
  for (std::uint32_t i = std::min(missed, missed_counted_max); i > 0; --i)
    hop.heard -= hop.heard * heard_weight;
  hop.heard += (1 - hop.heard) * heard_weight;
  hop.heard_at = now;
}

void OnDemandWays::sent(const NodeId& neighbour, bool arrived) {
  const auto found = hops_.find(neighbour);
  if (found == hops_.end()) return;
  Hop& hop = found->second;
  hop.arrived += ((arrived ? 1.0 : 0.0) - hop.arrived) * arrived_weight;
  ++hop.tries;
}

WayCost OnDemandWays::cost_to(const NodeId& neighbour) const {
  const auto found = hops_.find(neighbour);
  if (found == hops_.end()) return way_cost_max;
  const Hop& hop = found->second;
  const double ratio = hop.tries >= tries_counted ? std::min(hop.heard, hop.arrived) : hop.heard;
  return static_cast<WayCost>(std::lround(way_cost_unit / std::clamp(ratio, ratio_min, 1.0)));
}

bool OnDemandWays::learn(TimePoint now, const NodeId& destination, const NodeId& over,
                         WayCost cost) {
  if (cost >= way_cost_max) return false;
  if (!ways_.contains(destination) && ways_.size() >= limits_.destinations_max) return false;
  auto& told = ways_[destination];
  const bool first = !best(now, destination);
  const auto same = std::ranges::find(told, over, &Told::over);
  if (same != told.end()) {
    *same = {over, cost, now};
    return first;
  }
  if (told.size() >= limits_.ways_max) {
    const auto whole = [&](const Told& way) {
      return unsigned{way.cost} + cost_to(way.over) +
             (now - way.at >= limits_.way_life ? way_cost_max : 0U);
    };
    const auto worst = std::ranges::max_element(told, {}, whole);
    if (whole(*worst) <= unsigned{cost} + cost_to(over)) return false;
    *worst = {over, cost, now};
    return first;
  }
  told.push_back({over, cost, now});
  return first;
}

void OnDemandWays::forget(const NodeId& destination, const NodeId& over) {
  const auto found = ways_.find(destination);
  if (found == ways_.end()) return;
  std::erase_if(found->second, [&](const Told& way) { return way.over == over; });
  if (found->second.empty()) ways_.erase(found);
}

void OnDemandWays::lost(const NodeId& neighbour) {
  hops_.erase(neighbour);
  for (auto each = ways_.begin(); each != ways_.end();) {
    std::erase_if(each->second, [&](const Told& way) { return way.over == neighbour; });
    each = each->second.empty() ? ways_.erase(each) : std::next(each);
  }
}

std::optional<OnDemandWays::Way> OnDemandWays::best(TimePoint now, const NodeId& destination,
                                                    const std::set<NodeId>& without) const {
  const auto found = ways_.find(destination);
  if (found == ways_.end()) return std::nullopt;
  std::optional<Way> cheapest;
  for (const Told& way : found->second) {
    if (now - way.at >= limits_.way_life || without.contains(way.over)) continue;
    const WayCost cost = sum_of(way.cost, cost_to(way.over));
    if (cost >= way_cost_max || (cheapest && cheapest->cost <= cost)) continue;
    cheapest = Way{way.over, cost};
  }
  return cheapest;
}

std::vector<OnDemandWays::Neighbour> OnDemandWays::neighbours(TimePoint now) const {
  std::vector<Neighbour> all;
  for (const auto& [node, hop] : hops_) {
    if (now - hop.heard_at >= limits_.neighbour_life) continue;
    all.push_back({node, hop.heard, hop.arrived, hop.heard_at});
  }
  return all;
}

std::vector<NodeId> OnDemandWays::destinations() const {
  std::vector<NodeId> all;
  for (const auto& [node, told] : ways_) all.push_back(node);
  return all;
}

}  // namespace muster::mesh
