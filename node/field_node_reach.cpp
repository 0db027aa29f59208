// SPDX-License-Identifier: Apache-2.0
// Where not all nodes are known, sessions are made when packets want them, and end with their use.
#include <algorithm>

#include "node/field_node_core.hpp"

namespace muster::node {
namespace {

/// A request whose callee is known waits so long for a way to him; then it is judged without.
constexpr std::chrono::seconds way_within{3};
/// Whoever could not be reached is tried again no sooner.
constexpr std::chrono::seconds reach_again_after{5};
/// A session over which no packet goes any more ends.
constexpr std::chrono::seconds idle_max{90};
constexpr std::chrono::seconds idle_looked_at{15};
constexpr std::size_t reaching_max = 1024;  ///< nodes; some 80 octets each

}  // namespace

void FieldNode::Core::reach(TimePoint now, const NodeId& node) {
  if (membership_ == overlay::Membership::everybody || rendezvous_.reachable(node)) return;
  std::erase_if(reaching_, [&](const auto& each) { return each.second <= now; });
  if (reaching_.size() >= reaching_max || reaching_.contains(node)) return;
  reaching_.emplace(node, now + reach_again_after);
  rendezvous_.find_node(now, node);
}

void FieldNode::Core::node_found(TimePoint now, const Rendezvous::NodeFound& found) {
  const bool waited_for = finder_.node_found(found.node, found.path.has_value(), found.round_trip);
  // Who is only to be measured needs no session.
  if (waited_for && !reaching_.contains(found.node)) return;
  if (found.path) mesh_.neighbours().reach(now, found.node, *found.path);
}

/// True if the request is kept until there is a way to the callee, or it has taken too long.
bool FieldNode::Core::reach_first(TimePoint now, const std::string& aor,
                                  const sip::PhoneAddress& from, BytesView request) {
  if (membership_ == overlay::Membership::everybody) return false;
  const auto nodes = rendezvous_.nodes_of(aor);
  const bool any = std::any_of(nodes.begin(), nodes.end(),
                               [&](const NodeId& node) { return rendezvous_.reachable(node); });
  if (nodes.empty() || any || phone_here(aor)) return false;
  for (const auto& node : nodes) reach(now, node);
  reaching_requests_.push_back({nodes, now + way_within, {from, to_bytes(request)}});
  return true;
}

/// Those that waited for that node, and those that have waited for too long.
void FieldNode::Core::let_wait_end(TimePoint now, const std::optional<NodeId>& reached) {
  std::vector<Reaching> over;
  for (auto at = reaching_requests_.begin(); at != reaching_requests_.end();) {
    const auto& nodes = at->nodes;
    const bool there = reached && std::find(nodes.begin(), nodes.end(), *reached) != nodes.end();
    if (there || at->until <= now) {
      over.push_back(std::move(*at));
      at = reaching_requests_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& each : over) edge_.receive_phone(now, each.request.from, each.request.message);
}

void FieldNode::Core::leave_idle(TimePoint now) {
  let_wait_end(now, std::nullopt);
  if (!leave_idle_at_ || *leave_idle_at_ > now) return;
  leave_idle_at_ = now + idle_looked_at;
  for (const auto& peer : mesh_.neighbours().peers()) {
    const auto used = mesh_.packet_at(peer.id);
    if (peer.up && used && now - *used > idle_max) mesh_.neighbours().leave(now, peer.id);
  }
}

}  // namespace muster::node
