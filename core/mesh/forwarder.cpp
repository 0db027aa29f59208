// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/forwarder.hpp"

#include <algorithm>
#include <utility>

namespace muster::mesh {
namespace {

std::optional<TimePoint> end_of_life(TimePoint now, const Packet& packet) {
  if (!packet.remaining) return std::nullopt;
  return now + *packet.remaining;
}

std::uint64_t& counter_of(Forwarder::Counters& counters, DropReason reason) {
  switch (reason) {
    case DropReason::malformed:
      return counters.malformed;
    case DropReason::own_source:
      return counters.own_source;
    case DropReason::hop_limit:
      return counters.hop_limit;
    case DropReason::expired:
      return counters.expired;
    case DropReason::no_route:
      return counters.no_route;
    case DropReason::no_room:
      return counters.no_room;
    case DropReason::too_long:
      return counters.too_long;
  }
  return counters.malformed;
}

}  // namespace

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::malformed:
      return "the packet could not be read";
    case DropReason::own_source:
      return "a packet that names this node as its source came from outside";
    case DropReason::hop_limit:
      return "the packet has travelled as many hops as it may";
    case DropReason::expired:
      return "the packet's life is over";
    case DropReason::no_route:
      return "no route to the destination appeared in time";
    case DropReason::no_room:
      return "too many packets wait for routes";
    case DropReason::too_long:
      return "the packet is longer than the mesh carries";
  }
  return "the packet was dropped";
}

Forwarder::Forwarder(NodeId self, const NextHops& next_hops, Limits limits)
    : self_(self), next_hops_(next_hops), limits_(limits) {}

void Forwarder::submit(TimePoint now, Packet packet) {
  if (packet.payload.size() > Packet::payload_bytes_max) {
    return drop(DropReason::too_long, packet.source, packet.destination);
  }
  ++counters_.originated;
  const auto expires = end_of_life(now, packet);
  route(now, std::move(packet), expires);
}

void Forwarder::receive(TimePoint now, BytesView bytes, Duration transit) {
  auto packet = decode_packet(bytes, names_);
  if (!packet) return drop(DropReason::malformed, {}, {});
  if (packet->source == self_) {
    return drop(DropReason::own_source, packet->source, packet->destination);
  }
  auto expires = end_of_life(now, *packet);
  if (expires) *expires -= std::max(transit, Duration::zero());
  if (packet->destination != self_) {
    if (packet->hop_limit <= 1) {
      return drop(DropReason::hop_limit, packet->source, packet->destination);
    }
    --packet->hop_limit;
    ++counters_.forwarded;
  }
  route(now, std::move(*packet), expires);
}

void Forwarder::reroute(TimePoint now, BytesView bytes, std::optional<TimePoint> expires) {
  auto packet = decode_packet(bytes, names_);
  if (!packet) return drop(DropReason::malformed, {}, {});
  ++counters_.rerouted;
  route(now, std::move(*packet), expires);
}

void Forwarder::route(TimePoint now, Packet packet, std::optional<TimePoint> expires) {
  if (expires && *expires <= now) {
    return drop(DropReason::expired, packet.source, packet.destination);
  }
  if (packet.destination == self_) {
    ++counters_.delivered;
    if (expires) {
      packet.remaining = std::chrono::floor<std::chrono::milliseconds>(*expires - now);
    }
    outputs_.push_back(Deliver{std::move(packet)});
  } else if (const auto next_hop = next_hops_.next_hop(packet.destination)) {
    forward(now, *next_hop, std::move(packet), expires);
  } else {
    wait(now, std::move(packet), expires);
  }
}

void Forwarder::forward(TimePoint now, const NodeId& next_hop, Packet packet,
                        std::optional<TimePoint> expires) {
  if (expires) packet.remaining = std::chrono::floor<std::chrono::milliseconds>(*expires - now);
  outputs_.push_back(Forward{next_hop, std::move(packet), expires});
}

void Forwarder::wait(TimePoint now, Packet packet, std::optional<TimePoint> expires) {
  if (!make_room(packet)) return drop(DropReason::no_room, packet.source, packet.destination);
  waiting_bytes_ += packet.payload.size();
  const TimePoint until = *earlier(expires, now + limits_.waiting_time);
  waiting_.push_back({std::move(packet), expires, until});
}

/// The oldest of lower precedence give way. False if there are not enough of them.
bool Forwarder::make_room(const Packet& packet) {
  while (waiting_bytes_ + packet.payload.size() > limits_.waiting_bytes_max ||
         waiting_.size() >= limits_.waiting_packets_max) {
    const auto victim = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const auto& a, const auto& b) { return a.packet.precedence < b.packet.precedence; });
    if (victim == waiting_.end() || victim->packet.precedence >= packet.precedence) return false;
    waiting_bytes_ -= victim->packet.payload.size();
    drop(DropReason::no_room, victim->packet.source, victim->packet.destination);
    waiting_.erase(victim);
  }
  return true;
}

void Forwarder::route_up(TimePoint now, const NodeId& destination) {
  if (!next_hops_.next_hop(destination)) return;
  std::deque<Waiting> released;
  std::deque<Waiting> rest;
  for (auto& waiting : waiting_) {
    (waiting.packet.destination == destination ? released : rest).push_back(std::move(waiting));
  }
  waiting_ = std::move(rest);
  for (auto& waiting : released) {
    waiting_bytes_ -= waiting.packet.payload.size();
    route(now, std::move(waiting.packet), waiting.expires);
  }
}

void Forwarder::advance(TimePoint now) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (it->until > now) {
      ++it;
      continue;
    }
    drop(it->until == it->expires ? DropReason::expired : DropReason::no_route, it->packet.source,
         it->packet.destination);
    waiting_bytes_ -= it->packet.payload.size();
    it = waiting_.erase(it);
  }
}

void Forwarder::drop(DropReason reason, const NodeId& source, const NodeId& destination) {
  ++counter_of(counters_, reason);
  outputs_.push_back(Drop{reason, source, destination});
}

std::optional<Forwarder::Output> Forwarder::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Forwarder::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& waiting : waiting_) first = earlier(first, waiting.until);
  return first;
}

}  // namespace muster::mesh
