// SPDX-License-Identifier: Apache-2.0
// How Router asks for newer versions, answers who asks, and passes on what it cannot answer.
#include <algorithm>

#include "core/mesh/router.hpp"

namespace muster::mesh {

void Router::hear_request(TimePoint now, const NodeId& from, const SeqnoRequest& request) {
  Neighbour& neighbour = neighbours_.at(from);
  if (request.destination == self_) {
    if (request.version > own_version_.next()) ++counters_.version_overtaken;
    // An older one has been answered: it says nothing of how ways fare now.
    if (request.version > own_version_) way_broke(now);
    if (restless() && request.version <= own_version_) return;  // each round tells it
    if (request.version <= own_version_ && is_repeated(now, own_told_in_)) return;
    own_version_ = std::max(own_version_, request.version);
    dirty_.insert(self_);
    return arm_urgent(now);
  }
  const auto found = destinations_.find(request.destination);
  if (found == destinations_.end()) {
    ++counters_.requests_refused;
    return;
  }
  const RouteDistance distance = found->second.routes.distance();
  if (distance.finite() && distance.version >= request.version) {
    const auto& told = found->second.routes.told();
    // Neighbours hold what all were told: what is newer than that is news for all.
    const bool all_told = told && told->finite() && told->version >= request.version;
    if (all_told && is_repeated(now, found->second.told_in)) return;
    if (all_told && !crowded()) {
      neighbour.owed.insert(request.destination);
    } else {
      dirty_.insert(request.destination);
    }
    return arm_urgent(now);
  }
  pass_on(now, from, request);
}

void Router::pass_on(TimePoint now, const NodeId& from, const SeqnoRequest& request) {
  Destination& destination = destinations_.at(request.destination);
  const auto spacing = crowded() ? limits_.request_spacing : limits_.request_repeat_min;
  const bool wider = crowded() && request.hop_limit > destination.forwarded_hops + 1;
  const bool repeated = !wider && destination.forwarded &&
                        *destination.forwarded >= request.version &&
                        now < destination.forwarded_at + spacing;
  if (request.hop_limit <= 1 || repeated) {
    ++counters_.requests_refused;
    return;
  }
  if (crowded()) {
    destination.wanted = std::max(destination.wanted.value_or(request.version), request.version);
    const auto hops = std::min<int>(request.hop_limit - 1, limits_.request_hop_limit);
    return request_from_all(
        now, {request.destination, request.version, static_cast<std::uint8_t>(hops)});
  }
  std::optional<NodeId> next = destination.routes.next_hop();
  if (!next || *next == from) {
    const auto others = destination.routes.neighbours_with_route(1, from);
    next = others.empty() ? std::nullopt : std::optional{others.front()};
  }
  if (!next) {
    ++counters_.requests_refused;
    return;
  }
  destination.forwarded = request.version;
  destination.forwarded_at = now;
  destination.wanted = std::max(destination.wanted.value_or(request.version), request.version);
  queue_request(*next, {request.destination, request.version,
                        static_cast<std::uint8_t>(request.hop_limit - 1)});
  arm(flush, now);
}

void Router::note_need(TimePoint now, const NodeId& id, DestinationRoutes::Need need) {
  const auto found = hungry_.find(id);
  if (need == DestinationRoutes::Need::nothing) {
    if (found != hungry_.end()) hungry_.erase(found);
  } else if (need == DestinationRoutes::Need::nearer_route &&
             (!limits_.ask_for_nearer || restless())) {
    if (found != hungry_.end()) hungry_.erase(found);
  } else if (found == hungry_.end() || found->second.need != need) {
    if (need == DestinationRoutes::Need::any_route) way_broke(now);
    // With the next flush, behind the retraction: those who came by us have then heard of it. In
    // rounds a newer version is likely to come by itself.
    if (need == DestinationRoutes::Need::nearer_route) {
      hungry_[id] = Hunger{need, now + limits_.change_time, limits_.change_time * 4};
    } else if (restless()) {
      hungry_[id] = Hunger{need, now + round() / 2, round()};
    } else {
      hungry_[id] = Hunger{need, now + limits_.urgent_delay_min, limits_.request_interval};
    }
  }
}

void Router::ask_for_newer(TimePoint now) {
  for (auto& [id, hunger] : hungry_) {
    if (hunger.at > now) continue;
    hunger.at = now + hunger.wait;
    hunger.wait = std::min(hunger.wait * 2, limits_.request_interval_max);
    const auto& routes = destinations_.at(id).routes;
    const RouteVersion newer =
        (routes.feasibility_distance() ? routes.feasibility_distance()->version : RouteVersion{})
            .next();
    const bool any = hunger.need == DestinationRoutes::Need::any_route;
    if (any && crowded()) {
      const auto wider = std::min<unsigned>(2U * hunger.hops, limits_.request_hop_limit);
      hunger.hops = std::max(limits_.request_hop_limit_first, static_cast<std::uint8_t>(wider));
      request_from_all(now, {id, newer, hunger.hops});
      continue;
    }
    for (const auto& neighbour :
         routes.neighbours_with_route(any ? limits_.request_neighbours_max : 1, std::nullopt)) {
      queue_request(neighbour, {id, newer, limits_.request_hop_limit});
    }
    arm(flush, now);
  }
}

void Router::request_from_all(TimePoint now, const SeqnoRequest& request) {
  Destination& destination = destinations_.at(request.destination);
  destination.forwarded = request.version;
  destination.forwarded_hops = request.hop_limit;
  destination.forwarded_at = now;
  auto& queued = requests_.emplace(request.destination, request).first->second;
  queued.version = std::max(queued.version, request.version);
  queued.hop_limit = std::max(queued.hop_limit, request.hop_limit);
  arm_urgent(now);
}

void Router::queue_request(const NodeId& to, const SeqnoRequest& request) {
  const auto found = neighbours_.find(to);
  if (found == neighbours_.end()) return;
  auto& requests = found->second.requests;
  if (requests.size() >= limits_.requests_waiting_max && !requests.contains(request.destination)) {
    ++counters_.requests_refused;
    return;
  }
  auto& queued = requests.emplace(request.destination, request).first->second;
  queued.version = std::max(queued.version, request.version);
  queued.hop_limit = std::max(queued.hop_limit, request.hop_limit);
}

/// Whoever came by that neighbour will want a newer version of us: one telling serves all of them,
/// and costs less than their requests.
void Router::renew_own(TimePoint now) {
  if (!crowded() || restless() ||
      (renewed_own_ && now - *renewed_own_ < limits_.own_renewal_spacing))
    return;
  renewed_own_ = now;
  own_version_ = own_version_.next();
  dirty_.insert(self_);
  arm_urgent(now);
}

}  // namespace muster::mesh
