// SPDX-License-Identifier: Apache-2.0
// What nodes without a session say to each other, and when only some of all nodes are known.
#include <algorithm>

#include <fmt/format.h>

#include "core/overlay/place_message.hpp"
#include "node/field_node_core.hpp"

namespace muster::node {

/// One link over which only those are reached who are there would leave holes in the buckets.
void FieldNode::Core::set_direct(TimePoint now) {
  bool any = false;
  bool all = true;
  for (const auto& [id, link] : traffic_) {
    if (!link.up) continue;
    any = true;
    all = all && link.direct;
  }
  rendezvous_.set_direct(now, any && all, provisioned_);
  review_membership(now);
}

/// With everybody known, neighbours compare what everybody holds; in buckets nobody holds it.
void FieldNode::Core::review_membership(TimePoint now) {
  const auto& directory = rendezvous_.directory();
  if (directory.membership() == membership_) return;
  membership_ = directory.membership();
  const bool everybody = membership_ == overlay::Membership::everybody;
  mesh_.set_sessions_on_demand(!everybody);
  leave_idle_at_ = everybody ? std::nullopt : std::optional(now);
  note(Note::Level::info, fmt::format("of about {} nodes {} are known", directory.nodes_estimated(),
                                      everybody ? "all" : "some"));
  for (const auto& [link, traffic] : traffic_) {
    if (!everybody || !traffic.up || !traffic.direct) continue;
    for (const auto& peer : settings_.peers) {
      mesh_.neighbours().add_static_peer(now, link, LinkAddress::from_ip(peer));
    }
  }
  for (const auto& peer : mesh_.neighbours().peers()) {
    if (!peer.up) continue;
    if (everybody) {
      partners_.neighbour_up(now, peer.id, reached_directly(peer.id));
    } else {
      partners_.neighbour_down(peer.id);
    }
  }
  settle_partners(now);
}

void FieldNode::Core::receive_direct(TimePoint now, const LinkPath& from, BytesView datagram) {
  const auto link = traffic_.find(from.link);
  if (link == traffic_.end() || !link->second.direct) return direct_.note_unexpected();
  const auto opened = direct_.open(datagram);
  if (opened) rendezvous_.receive_direct(now, {opened->from, from}, opened->message);
}

void FieldNode::Core::send_direct(TimePoint now, const Rendezvous::SendToNode& send) {
  const auto link = traffic_.find(send.path->link);
  if (link == traffic_.end() || !link->second.up || !link->second.direct) return;
  auto& traffic = link->second;
  auto datagram =
      direct_.seal(now, send.message, overlay::is_answer(send.message), traffic.datagram_bytes_max);
  if (!datagram) return;
  ++traffic.frames_sent;
  traffic.bytes_sent += datagram->size();
  FrameUse use;
  const auto octets = static_cast<std::uint32_t>(send.message.size());
  (send.look_up ? use.look_up : use.directory) = octets;
  outputs_.push_back(SendLink{send.path->link, send.path->address, std::move(*datagram), use});
}

}  // namespace muster::node
