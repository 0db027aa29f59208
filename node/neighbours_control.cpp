// SPDX-License-Identifier: Apache-2.0
// What a node says of its own accord (routes, records), paced for all hops of a link together.
#include <algorithm>

#include "node/neighbours.hpp"

namespace muster::node {
namespace {

/// Handed to a hop together, so that small messages share a frame.
constexpr std::size_t turn_bytes = 1000;

}  // namespace

radio::ControlPace* Neighbours::pace(const NodeId& peer) {
  const auto path = sessions_.path(peer);
  const auto link = path ? links_.find(path->link) : links_.end();
  if (link == links_.end() || !link->second.pace) return nullptr;
  return &*link->second.pace;
}

void Neighbours::submit_control(TimePoint now, Entry& entry, HopChannel channel, BytesView content,
                                Precedence precedence, std::optional<TimePoint> expires) {
  if (pace(entry.first) == nullptr) {
    return submit(now, entry, channel, content, precedence, radio::Reliability::reliable, expires);
  }
  if (entry.second.control.add({channel, to_bytes(content), precedence, expires})) {
    control_waits_.insert(entry.first);
    return;
  }
  ++counters_.control_dropped;
  if (channel == HopChannel::route) renew_later(now, entry.second);
}

bool Neighbours::settle_control(TimePoint now) {
  bool busy = false;
  control_due_.reset();
  if (control_waits_.empty()) return false;
  for (auto& [id, link] : links_) {
    if (!link.pace) continue;
    link.pace->set_stations(std::max(link.stations, neighbours_.size() + 1));
    while (const auto next = next_control(id, link)) {
      if (!link.pace->open(now)) {
        control_due_ = earlier(control_due_, link.pace->opens_at());
        break;
      }
      busy = true;
      link.told = *next;
      hand_over_control(now, *neighbours_.find(*next));
    }
  }
  return busy;
}

/// The highest precedence that waits for a hop with room; among equals they take turns.
std::optional<NodeId> Neighbours::next_control(LinkId id, const Link& link) const {
  std::optional<std::pair<NodeId, Precedence>> best;
  bool after_told = false;
  for (const NodeId& peer : control_waits_) {
    const auto& neighbour = neighbours_.at(peer);
    const auto waiting = neighbour.control.waiting();
    if (!waiting || neighbour.hop.room() == 0) continue;
    const auto path = sessions_.path(peer);
    if (!path || path->link != id) continue;
    const bool higher = !best || *waiting > best->second;
    const bool next =
        best && *waiting == best->second && !after_told && link.told && peer > *link.told;
    if (!higher && !next) continue;
    best = {peer, *waiting};
    after_told = link.told && peer > *link.told;
  }
  return best ? std::optional{best->first} : std::nullopt;
}

void Neighbours::hand_over_control(TimePoint now, Entry& entry) {
  auto& [peer, neighbour] = entry;
  std::size_t handed = 0;
  while (handed < turn_bytes && !neighbour.control.empty()) {
    const auto item = neighbour.control.take();
    if (item.expires && *item.expires <= now) {
      if (item.channel == HopChannel::route) renew_later(now, neighbour);
      continue;
    }
    handed += item.content.size();
    submit(now, entry, item.channel, item.content, item.precedence, radio::Reliability::reliable,
           item.expires);
  }
  if (neighbour.control.empty()) control_waits_.erase(peer);
  settle_hop(now, peer, neighbour);  // what it sends counts at once
}

}  // namespace muster::node
