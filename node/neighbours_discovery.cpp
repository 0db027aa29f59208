// SPDX-License-Identifier: Apache-2.0
// Who is there, and with whom a session is begun.
#include <algorithm>

#include "node/neighbours.hpp"

namespace muster::node {
namespace {

/// A neighbour whose session has been silent for so long is greeted anew when its beacon is heard:
/// it may have lost the session without having restarted.
constexpr std::chrono::seconds greet_silent_after{10};
/// A hop that has just been woken is taken to come up.
constexpr std::chrono::seconds comes_up_within{3};
/// A silent hop is asked so long whether it is there again; then its beacons say so.
constexpr std::chrono::seconds rests_after{4};
constexpr std::chrono::minutes forgotten_after{2};
/// A neighbour that fewer frames than one in four reach is none to count on.
constexpr std::uint16_t good_cost_max = 2 * mesh::cost_perfect;
/// With fewer neighbours than that some silent ones are asked all the time: whoever has but one or
/// two had better know at once when one is back.
constexpr std::size_t few = 3;

}  // namespace

bool Neighbours::settle_discovery(TimePoint now) {
  bool busy = false;
  while (auto output = neighbourhood_.poll()) {
    busy = true;
    if (const auto* heard_one = std::get_if<discovery::Neighbourhood::Heard>(&*output)) {
      heard(now, *heard_one);
    } else if (auto* beacon = std::get_if<discovery::Neighbourhood::SendBeacon>(&*output)) {
      const auto link = links_.find(beacon->link);
      if (link != links_.end()) link->second.stations = neighbourhood_.stations_on(beacon->link);
      put_on_link(now, SendFrame{beacon->link, beacon->to, sealer_.seal(beacon->plaintext), {}},
                  Precedence::routine);
    } else if (const auto* clone = std::get_if<discovery::Neighbourhood::OwnNameHeard>(&*output)) {
      outputs_.push_back(OwnNameHeard{clone->path});
    }
  }
  return busy;
}

void Neighbours::heard(TimePoint now, const discovery::Neighbourhood::Heard& beacon) {
  if (beacon.node == self_) return;
  heard_boots_[beacon.node] = beacon.boot;
  if (chooses(beacon.path.link)) return heard_in_crowd(now, beacon);
  if (!sessions_.path(beacon.node)) {
    greet(now, beacon.node, beacon.path);
    return;
  }
  const auto session_boot = session_boots_.try_emplace(beacon.node, beacon.boot).first->second;
  if (session_boot != beacon.boot) {
    sessions_.reconnect(now, beacon.node);
    return;
  }
  const auto found = neighbours_.find(beacon.node);
  if (found != neighbours_.end() && !found->second.up &&
      now - found->second.silent_since > greet_silent_after) {
    if (sessions_.path(beacon.node) == beacon.path) {
      sessions_.reconnect(now, beacon.node);
    } else {
      sessions_.connect(now, beacon.node, beacon.path);
    }
  }
}

/// Whether many may be there of whom a few are chosen.
bool Neighbours::chooses(LinkId id) const {
  const auto link = links_.find(id);
  return link != links_.end() && link->second.broadcasts && !link->second.metered;
}

void Neighbours::heard_in_crowd(TimePoint now, const discovery::Neighbourhood::Heard& beacon) {
  const auto found = neighbours_.find(beacon.node);
  if (found != neighbours_.end() && found->second.up) {
    const auto boot = session_boots_.try_emplace(beacon.node, beacon.boot).first->second;
    if (boot != beacon.boot) sessions_.reconnect(now, beacon.node);
    return;
  }
  choice_.heard(now, beacon.node, beacon.path);
  choose(now);
}

NeighbourChoice::Have Neighbours::have(TimePoint now) const {
  NeighbourChoice::Have have;
  mesh::Cost cheapest = mesh::metric_infinity;
  for (const auto& [id, neighbour] : neighbours_) {
    if (neighbour.up) {
      ++have.all;
      if (neighbour.cost <= good_cost_max) ++have.good;
      cheapest = std::min(cheapest, neighbour.cost);
    } else if (now < neighbour.hopeful_until) {
      ++have.all;
      ++have.good;
    }
  }
  if (have.all > 0 && cheapest < mesh::metric_infinity) have.cheapest_hop = cheapest;
  for (const auto& [id, link] : links_) {
    if (chooses(id)) have.under_way += sessions_.handshakes_on(id);
  }
  return have;
}

void Neighbours::choose(TimePoint now) {
  while (const auto chosen = choice_.next(now, have(now), routes_))
    begin(now, chosen->first, chosen->second);
}

/// Where there was a session before, the hop is asked first; it may have been lost at the other
/// end.
void Neighbours::begin(TimePoint now, const NodeId& node, const LinkPath& path) {
  const auto found = neighbours_.find(node);
  const auto old_path = sessions_.path(node);
  if (!old_path || *old_path != path) return sessions_.connect(now, node, path);
  const auto boot = session_boots_.find(node);
  const auto heard_boot = heard_boots_.find(node);
  const bool restarted = boot != session_boots_.end() && heard_boot != heard_boots_.end() &&
                         boot->second != heard_boot->second;
  if (found == neighbours_.end() || restarted || found->second.woken) {
    return sessions_.reconnect(now, node);
  }
  if (found->second.up) return;
  found->second.woken = now;
  found->second.hopeful_until = now + comes_up_within;
  found->second.hop.wake(now);
  touched_.insert(node);
}

/// Asking for ever whether one of those met on the way is there again would cost more the further
/// one has come. Beacons say it too.
void Neighbours::rest_silent(TimePoint now) {
  std::vector<std::pair<TimePoint, NodeId>> silent;
  std::vector<NodeId> gone;
  std::size_t up = 0;
  for (const auto& [id, neighbour] : neighbours_) {
    const auto path = sessions_.path(id);
    if (neighbour.up) {
      ++up;
    } else if (!path || chooses(path->link)) {
      const TimePoint since =
          std::max(neighbour.silent_since, neighbour.woken.value_or(TimePoint{}));
      if (now - since >= rests_after && !neighbour.hop.resting()) silent.emplace_back(since, id);
      if (now - since >= forgotten_after && neighbour.hop.resting()) gone.push_back(id);
    }
  }
  std::sort(silent.rbegin(), silent.rend());
  for (std::size_t i = up < few ? few - up : 0; i < silent.size(); ++i) {
    neighbours_.at(silent[i].second).hop.rest();
    touched_.insert(silent[i].second);
  }
  for (const NodeId& id : gone) {
    forget(neighbours_.find(id));
    broadcasts_.neighbour_gone(id);
  }
}

}  // namespace muster::node
