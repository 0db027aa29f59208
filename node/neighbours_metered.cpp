// SPDX-License-Identifier: Apache-2.0
// On links whose airtime counts one hop at a time has its turn, and sessions are few.
#include <algorithm>

#include "node/neighbours.hpp"

namespace muster::node {
namespace {

/// How long a neighbour that is not up counts as one on a metered link.
constexpr std::chrono::minutes may_yet_come_up{1};

}  // namespace

/// On a metered link one or two at a time, the others later: each handshake that is repeated
/// because the channel is full fills it more.
void Neighbours::greet(TimePoint now, const NodeId& node, const LinkPath& path) {
  if (may_greet(now, node, path.link)) {
    sessions_.connect(now, node, path);
  } else if (candidates_.size() < limits_.candidates_max || candidates_.contains(node)) {
    candidates_[node] = path;
  }
}

bool Neighbours::may_greet(TimePoint now, const NodeId& node, LinkId id) const {
  const auto link = links_.find(id);
  if (link == links_.end() || !link->second.metered) return true;
  if (sessions_.handshakes_on(id) >= limits_.metered_handshakes_max) return false;
  if (link->second.metered->gate().load(now) > limits_.metered_load_max) return false;
  const auto up =
      static_cast<std::size_t>(std::ranges::count_if(neighbours_, [&](const auto& each) {
        const auto path = sessions_.path(each.first);
        const bool alive = each.second.up || now - each.second.silent_since < may_yet_come_up;
        return alive && path && path->link == id;
      }));
  if (up < limits_.metered_neighbours) return true;
  const bool route = routes_ != nullptr && routes_->next_hop(node);
  return !route && up < limits_.metered_neighbours_max;
}

void Neighbours::greet_candidates(TimePoint now) {
  for (auto each = candidates_.begin(); each != candidates_.end();) {
    const auto [node, path] = *each;
    if (sessions_.path(node) || !links_.contains(path.link)) {
      each = candidates_.erase(each);
    } else if (may_greet(now, node, path.link)) {
      each = candidates_.erase(each);
      sessions_.connect(now, node, path);
    } else {
      ++each;
    }
  }
}

bool Neighbours::settle_metered(TimePoint now) {
  bool busy = false;
  turn_due_.reset();
  for (auto& [id, link] : links_) {
    if (!link.metered) continue;
    link.metered->forget_old(now);
    busy |= serve(now, id, link);
  }
  return busy;
}

/// Gives turns until the link takes no more; then notes when it will.
bool Neighbours::serve(TimePoint now, LinkId id, Link& link) {
  bool busy = false;
  auto& gate = link.metered->gate();
  while (const auto turn = next_turn(id, link)) {
    if (!gate.open(now, turn->precedence)) {
      turn_due_ = earlier(turn_due_, gate.opens_at(turn->precedence));
      break;
    }
    busy = true;
    if (!turn->hop) {
      auto datagram = link.metered->take();
      gate.sent(now, datagram.octets.size(), datagram.precedence);
      outputs_.push_back(SendFrame{id, datagram.to, std::move(datagram.octets), datagram.use});
      continue;
    }
    link.served = turn->hop;
    touched_.insert(*turn->hop);
    Neighbour& neighbour = neighbours_.at(*turn->hop);
    neighbour.hop.advance(now);
    const std::size_t before = outputs_.size();
    if (auto output = neighbour.hop.poll()) handle(now, *turn->hop, neighbour, std::move(*output));
    while (auto output = neighbour.hop.poll_event()) {
      handle(now, *turn->hop, neighbour, std::move(*output));
    }
    for (std::size_t i = before; i < outputs_.size(); ++i) {
      const auto* frame = std::get_if<SendFrame>(&outputs_[i]);
      if (frame != nullptr) gate.sent(now, frame->datagram.size(), turn->precedence);
    }
  }
  return busy;
}

/// The highest precedence that anybody there has to send; among equals the hops take turns, and
/// what is for all or makes sessions comes first.
std::optional<Neighbours::Turn> Neighbours::next_turn(LinkId id, const Link& link) {
  std::optional<Turn> best;
  if (const auto precedence = link.metered->waiting()) best = Turn{std::nullopt, *precedence};
  bool after_served = false;
  for (const auto& [peer, neighbour] : neighbours_) {
    const auto wanted = neighbour.hop.wants();
    if (!wanted) continue;
    const auto path = sessions_.path(peer);
    if (!path || path->link != id) continue;
    const bool higher = !best || *wanted > best->precedence;
    // The first behind the one that had the last turn, else the first of all.
    const bool next = best && best->hop && *wanted == best->precedence && !after_served &&
                      link.served && peer > *link.served;
    if (!higher && !next) continue;
    best = Turn{peer, *wanted};
    after_served = link.served && peer > *link.served;
  }
  return best;
}

}  // namespace muster::node
