// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/destination_routes.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/halving.hpp"

namespace muster::mesh {
namespace {

bool older(std::uint32_t number, std::uint32_t than) {
  return static_cast<std::int32_t>(number - than) < 0;
}

}  // namespace

void DestinationRoutes::smooth(TimePoint now, Heard& heard) const {
  // A cost of 256 is one frame: so near is there, and is so for most, all the time.
  if (std::abs(heard.smoothed - heard.metric()) < 1) {
    heard.smoothed = heard.metric();
    heard.smoothed_at = now;
    return;
  }
  const double passed = std::chrono::duration<double>(now - heard.smoothed_at).count();
  const double half = std::chrono::duration<double>(change_time_).count();
  heard.smoothed = heard.metric() + (heard.smoothed - heard.metric()) *
                                        left_after_halvings(std::max(0.0, passed) / half);
  heard.smoothed_at = now;
}

bool DestinationRoutes::hear(TimePoint now, const NodeId& neighbour, Cost cost,
                             const RouteDistance& said, std::uint32_t number, TimePoint expires) {
  auto found = heard_.find(neighbour);
  if (found != heard_.end() && older(number, found->second.number)) return false;
  if (found == heard_.end()) {
    if (!said.finite()) return true;
    found = heard_.emplace(neighbour, Heard{}).first;
  }
  Heard& heard = found->second;
  const bool had_route = heard.last.finite();
  if (had_route) smooth(now, heard);
  heard.best = had_route && heard.best.better_than(said) ? heard.best : said;
  heard.last = said;
  heard.cost = cost;
  heard.number = number;
  heard.expires = expires;
  if (!had_route) heard.smoothed = heard.metric();
  heard.smoothed_at = now;
  return true;
}

bool DestinationRoutes::set_cost(TimePoint now, const NodeId& neighbour, Cost cost) {
  const auto found = heard_.find(neighbour);
  if (found == heard_.end() || found->second.cost == cost) return false;
  smooth(now, found->second);
  found->second.cost = cost;
  return true;
}

bool DestinationRoutes::forget(const NodeId& neighbour) { return heard_.erase(neighbour) > 0; }

void DestinationRoutes::confirm(const NodeId& neighbour, TimePoint expires) {
  const auto found = heard_.find(neighbour);
  if (found != heard_.end()) found->second.expires = std::max(found->second.expires, expires);
}

DestinationRoutes::Expired DestinationRoutes::expire(TimePoint now) {
  Expired expired;
  for (auto it = heard_.begin(); it != heard_.end();) {
    if (it->second.expires > now) {
      ++it;
      continue;
    }
    if (it->second.last.finite()) expired.neighbours.push_back(it->first);
    expired.changed = true;
    it = heard_.erase(it);
  }
  // Forgetting is safe only after all that was told under it has expired at the neighbours.
  if (feasibility_ && feasibility_expires_ <= now) {
    feasibility_.reset();
    told_.reset();
    expired.changed = true;
  }
  return expired;
}

bool DestinationRoutes::feasible(const Heard& heard) const {
  return heard.metric() != metric_infinity &&
         (!feasibility_ || heard.best.better_than(*feasibility_));
}

DestinationRoutes::Choice DestinationRoutes::choose(TimePoint now) {
  Choice choice;
  const auto current = next_hop_ ? heard_.find(*next_hop_) : heard_.end();
  const bool keep = current != heard_.end() && feasible(current->second);
  if (keep) smooth(now, current->second);
  auto best = keep ? current : heard_.end();
  for (auto it = heard_.begin(); it != heard_.end(); ++it) {
    if (it == current || !feasible(it->second)) continue;
    smooth(now, it->second);
    if (best != heard_.end() && it->second.metric() >= best->second.metric()) continue;
    if (keep && it->second.smoothed >= current->second.smoothed) {
      choice.better_one_waits = true;
      continue;
    }
    best = it;
  }
  const auto chosen = best == heard_.end() ? std::nullopt : std::optional{best->first};
  choice.next_hop_changed = chosen != next_hop_;
  next_hop_ = chosen;
  return choice;
}

RouteDistance DestinationRoutes::distance() const {
  if (next_hop_) {
    const Heard& heard = heard_.at(*next_hop_);
    return {heard.last.version, heard.metric()};
  }
  return {told_ ? told_->version : RouteVersion{}, metric_infinity};
}

RouteDistance DestinationRoutes::tell(TimePoint feasibility_expires, bool withheld) {
  RouteDistance now_told = distance();
  if (withheld) now_told.metric = metric_infinity;
  told_ = now_told;
  if (now_told.finite()) {
    if (!feasibility_ || now_told.better_than(*feasibility_)) feasibility_ = now_told;
    feasibility_expires_ = feasibility_expires;
  }
  return now_told;
}

void DestinationRoutes::tell_again(TimePoint feasibility_expires) {
  if (told_ && told_->finite()) feasibility_expires_ = feasibility_expires;
}

DestinationRoutes::Need DestinationRoutes::need() const {
  Cost nearest = metric_infinity;
  for (const auto& [neighbour, heard] : heard_) nearest = std::min(nearest, heard.metric());
  if (nearest == metric_infinity) return Need::nothing;
  if (!next_hop_) return Need::any_route;
  const Cost ours = distance().metric;
  const bool nearer = nearest < ours && moved_much(ours, nearest) &&
                      std::none_of(heard_.begin(), heard_.end(), [&](const auto& entry) {
                        return entry.second.metric() == nearest && feasible(entry.second);
                      });
  return nearer ? Need::nearer_route : Need::nothing;
}

std::vector<NodeId> DestinationRoutes::neighbours_with_route(
    std::size_t count_max, const std::optional<NodeId>& except) const {
  std::vector<std::pair<Cost, NodeId>> ranked;
  for (const auto& [neighbour, heard] : heard_) {
    if (heard.metric() != metric_infinity && neighbour != except) {
      ranked.emplace_back(heard.metric(), neighbour);
    }
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > count_max) ranked.resize(count_max);
  std::vector<NodeId> neighbours;
  for (const auto& entry : ranked) neighbours.push_back(entry.second);
  return neighbours;
}

std::vector<NodeId> DestinationRoutes::expiring(TimePoint by) const {
  std::vector<NodeId> neighbours;
  for (const auto& [neighbour, heard] : heard_) {
    if (heard.last.finite() && heard.expires <= by) neighbours.push_back(neighbour);
  }
  return neighbours;
}

std::optional<NodeId> DestinationRoutes::nearest_feasible(
    const std::function<bool(const NodeId&)>& usable) const {
  std::optional<NodeId> nearest;
  Cost metric = metric_infinity;
  for (const auto& [neighbour, heard] : heard_) {
    if (heard.metric() >= metric || !feasible(heard) || !usable(neighbour)) continue;
    nearest = neighbour;
    metric = heard.metric();
  }
  return nearest;
}

std::size_t DestinationRoutes::feasible_count() const {
  return static_cast<std::size_t>(std::count_if(
      heard_.begin(), heard_.end(), [this](const auto& entry) { return feasible(entry.second); }));
}

}  // namespace muster::mesh
