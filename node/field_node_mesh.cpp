// SPDX-License-Identifier: Apache-2.0
// What the mesh says, and what follows from it.
#include <fmt/format.h>

#include "node/field_node_core.hpp"
#include "node/overload.hpp"

namespace muster::node {

bool FieldNode::Core::settle_mesh(TimePoint now) {
  bool busy = false;
  rendezvous_.set_audience(mesh_.neighbours().audience());
  while (auto output = mesh_.poll()) {
    busy = true;
    carry_out(now, std::move(*output));
  }
  return busy;
}

void FieldNode::Core::carry_out(TimePoint now, MeshStack::Output output) {
  std::visit(Overload{
                 [&](Neighbours::SendFrame& frame) {
                   auto& traffic = traffic_[frame.link];
                   ++traffic.frames_sent;
                   traffic.bytes_sent += frame.datagram.size();
                   outputs_.push_back(
                       SendLink{frame.link, frame.to, std::move(frame.datagram), frame.use});
                 },
                 [&](const MeshStack::MessageArrived& arrived) {
                   if (is_post_message(arrived.message)) {
                     post_.receive(now, arrived.from, arrived.message);
                   } else {
                     edge_.receive_node(now, arrived.from, arrived.message);
                   }
                 },
                 [&](const MeshStack::MediaArrived& arrived) {
                   edge_.receive_media(now, arrived.from, arrived.packet);
                 },
                 [&](const MeshStack::GaveUp& given_up) { gave_up(now, given_up); },
                 [&](const MeshStack::Acknowledged& acknowledged) {
                   edge_numbers_.erase(acknowledged.number);
                   const auto posted = post_numbers_.extract(acknowledged.number);
                   if (!posted.empty()) post_.arrived(posted.mapped());
                 },
                 [&](const MeshStack::DirectoryArrived& arrived) {
                   rendezvous_.receive(now, arrived.from, arrived.message);
                 },
                 [&](const MeshStack::PlacedArrived& arrived) {
                   rendezvous_.receive_from_node(now, arrived.from, arrived.message);
                 },
                 [&](const MeshStack::TraceArrived& arrived) {
                   tracer_.receive(now, arrived.from, arrived.message);
                 },
                 [&](const MeshStack::NeighbourChanged& change) { neighbour_changed(now, change); },
                 [&](const MeshStack::RouteChanged& change) { route_changed(now, change); },
                 [&](const Neighbours::OwnNameHeard&) { identity_cloned(self_); },
             },
             output);
}

void FieldNode::Core::gave_up(TimePoint now, const MeshStack::GaveUp& gave_up) {
  const auto number = edge_numbers_.extract(gave_up.number);
  if (!number.empty()) edge_.node_unreachable(now, gave_up.to, number.mapped());
  const auto posted = post_numbers_.extract(gave_up.number);
  if (!posted.empty()) post_.gave_up(posted.mapped());
}

void FieldNode::Core::neighbour_changed(TimePoint now, const MeshStack::NeighbourChanged& change) {
  note(Note::Level::info, fmt::format("neighbour {} is {}", rendezvous_.name_of(change.peer),
                                      change.up ? "up" : "silent"));
  happened({.kind = change.up ? NodeEvent::Kind::neighbour_up : NodeEvent::Kind::neighbour_down,
            .node = known_as(change.peer)});
  if (!change.up || membership_ == overlay::Membership::buckets) {
    partners_.neighbour_down(change.peer);
  } else {
    partners_.neighbour_up(now, change.peer, reached_directly(change.peer));
  }
  settle_partners(now);
  remember_neighbours(now);
}

void FieldNode::Core::settle_partners(TimePoint now) {
  while (const auto change = partners_.poll()) {
    if (change->compared) {
      rendezvous_.neighbour_up(now, change->neighbour);
    } else {
      rendezvous_.neighbour_down(now, change->neighbour);
    }
  }
}

bool FieldNode::Core::reached_directly(const NodeId& peer) const {
  const auto next = mesh_.router().next_hop(peer);
  return !next || *next == peer;
}

/// All of them, since those that were there before may have moved.
void FieldNode::Core::remember_neighbours(TimePoint now) {
  for (const auto& peer : mesh_.neighbours().peers()) {
    const auto interface = link_name(peer.path.link);
    if (peer.up && !interface.empty()) {
      peer_cache_.note(now, {peer.id, interface, peer.path.address});
    }
  }
}

void FieldNode::Core::route_changed(TimePoint now, const MeshStack::RouteChanged& change) {
  note(Note::Level::debug, fmt::format("{} is {}", rendezvous_.name_of(change.destination),
                                       change.reachable ? "reachable" : "out of reach"));
  rendezvous_.route_changed(now, change.destination, change.reachable);
  if (!change.reachable) post_.node_lost(change.destination);
  if (change.reachable) let_wait_end(now, change.destination);
  partners_.route_changed(now, change.destination, reached_directly(change.destination));
  settle_partners(now);
  happened({.kind = change.reachable ? NodeEvent::Kind::node_reachable
                                     : NodeEvent::Kind::node_unreachable,
            .node = known_as(change.destination)});
  for (const auto& aor : keeper_.recipients(now)) review_recipient(now, aor);
}

}  // namespace muster::node
