// SPDX-License-Identifier: Apache-2.0
// How good hops are, and which are relied on no more.
#include <algorithm>

#include "node/hop_cost.hpp"
#include "node/neighbours.hpp"

namespace muster::node {
namespace {

/// How often the measured quality of a hop is turned into a cost for routing.
constexpr std::chrono::seconds cost_interval{2};
/// As much as a dozen hops with some loss: any other way is better.
constexpr std::uint16_t doubted_cost = 16 * mesh::cost_perfect;

}  // namespace

void Neighbours::watch_costs(TimePoint now) {
  if (now < costs_due_) return;
  costs_due_ = now + cost_interval;
  greet_candidates(now);
  rest_silent(now);
  for (auto& [peer, neighbour] : neighbours_) {
    const std::uint16_t cost = current_cost(peer, neighbour);
    if (!neighbour.up || !worth_telling(cost, neighbour.cost)) continue;
    neighbour.cost = cost;
    outputs_.push_back(CostChanged{peer, cost});
  }
}

std::uint16_t Neighbours::current_cost(const NodeId& peer, const Neighbour& neighbour) const {
  const auto cost = cost_of(neighbour.hop.quality(), link_weight(peer));
  return neighbour.doubted ? std::max(cost, doubted_cost) : cost;
}

void Neighbours::watch_silence(const NodeId& peer, const Neighbour& neighbour) {
  if (neighbour.up && !neighbour.hop.hesitates()) {
    silent_.erase(peer);
  } else if (silent_.insert(peer).second) {
    fell_silent_ = true;
  }
}

/// A hop that falls silent while it is used is no way to anybody, long before it is certain that it
/// is down.
void Neighbours::watch_doubt(const NodeId& peer, Neighbour& neighbour) {
  const bool doubted = neighbour.up && neighbour.hop.doubtful() && metered(peer) == nullptr;
  if (doubted == neighbour.doubted) return;
  neighbour.doubted = doubted;
  if (!neighbour.up) return;
  neighbour.cost = current_cost(peer, neighbour);
  outputs_.push_back(CostChanged{peer, neighbour.cost});
}

double Neighbours::link_weight(const NodeId& peer) const {
  const auto path = sessions_.path(peer);
  const auto link = path ? links_.find(path->link) : links_.end();
  return link == links_.end() ? 1
                              : weight_of(link->second.profile, link->second.datagram_bytes_max);
}

}  // namespace muster::node
