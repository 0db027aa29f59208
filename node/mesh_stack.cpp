// SPDX-License-Identifier: Apache-2.0
#include "node/mesh_stack.hpp"

#include <utility>

#include "core/wire/message_packer.hpp"
#include "node/mesh_pace.hpp"
#include "node/overload.hpp"

namespace muster::node {
namespace {

/// First octet of what is sealed (docs/PROTOCOL.md).
enum class EndChannel : std::uint8_t {
  delivery = 1,
  media = 2,
  look_up = 3,
  copies = 4,
  trace = 5,
  brief = 6
};

/// A neighbour that one frame in five reaches is asked without a detour (256 is one without loss).
constexpr std::uint16_t straight_cost_max = 5 * 256;
/// Whoever asked will have asked again by then.
constexpr std::chrono::seconds placed_life{2};

/// How long an answer of EndToEnd itself ("unknown context") is worth sending.
constexpr std::chrono::seconds sealing_answer_life{5};

Bytes with_channel(EndChannel channel, BytesView content) {
  Bytes plaintext;
  plaintext.reserve(content.size() + 1);
  plaintext.push_back(static_cast<std::uint8_t>(channel));
  append(plaintext, content);
  return plaintext;
}

}  // namespace

MeshStack::MeshStack(const Identity& identity, security::PeerVerifier& verifier,
                     const security::PeerKeys& peer_keys, ports::Random& random, std::uint64_t seed,
                     const Neighbours::Limits& limits, ports::StateStore* remembered)
    : self_(identity.local.id),
      neighbours_(identity.local, verifier, random, seed ^ 0x6e6569, limits, remembered),
      router_(identity.local.id, identity.local.boot, {}, seed ^ 0x726f75),
      metered_(identity.local, identity.ed25519_private, roster_, peer_keys, seed ^ 0x6d6574),
      next_hops_(router_, metered_),
      usable_hops_(router_, neighbours_),
      forwarder_(identity.local.id, usable_hops_, {}),
      delivery_({}, identity.local.boot, seed ^ 0x64656c),
      peer_keys_(peer_keys),
      ends_(identity.local.id, identity.ed25519_private, identity.prekey, peer_keys, random, {}) {
  neighbours_.set_routes(&router_);
  router_.set_names(&roster_.names());
  forwarder_.set_names(&roster_.names());
  ends_.add_certificate_key(identity.local.x25519_private);
}

void MeshStack::set_pace(Duration answer_within, bool everywhere, std::size_t datagram_bytes_max) {
  answer_within_ = answer_within;
  slow_everywhere_ = everywhere;
  ends_.set_pace(everywhere ? answer_within : Duration{});
  delivery_.set_limits(paced(mesh::Delivery::Limits{}, answer_within, everywhere));
  slow_datagram_bytes_max_ = datagram_bytes_max;
  set_router_limits();
}

void MeshStack::set_router_limits() {
  mesh::Router::Limits limits;
  if (slow_everywhere_) limits = paced(limits, answer_within_, slow_datagram_bytes_max_);
  limits.tell_of_neighbours_only = on_demand_;
  router_.set_limits(limits);
}

void MeshStack::set_sessions_on_demand(bool on_demand) {
  if (on_demand == on_demand_) return;
  on_demand_ = on_demand;
  packets_at_.clear();
  set_router_limits();
}

MeshStack::MessageNumber MeshStack::submit(TimePoint now, const NodeId& to, BytesView message,
                                           Precedence precedence, Duration give_up_after) {
  const bool text = !message.empty() && message[0] >= ' ';
  const auto packed = text && peer_keys_.dictionary(to) >= wire::dictionary_newest
                          ? wire::pack(message)
                          : std::nullopt;
  const auto number =
      delivery_.submit(now, to, packed ? BytesView(*packed) : message, precedence, give_up_after);
  settle(now);
  return number;
}

/// What the far end has packed is unpacked; what cannot be is counted.
void MeshStack::message_arrived(const NodeId& from, Bytes message) {
  if (wire::is_packed(message)) {
    auto unpacked = wire::unpack(message, delivery_.limits().message_bytes_max);
    if (!unpacked) {
      ++counters_.unpackable;
      return;
    }
    message = std::move(*unpacked);
  }
  outputs_.push_back(MessageArrived{from, std::move(message)});
}

void MeshStack::send_media(TimePoint now, const NodeId& to, BytesView packet, TimePoint expires) {
  if (expires <= now) return;
  send_sealed(now, to, with_channel(EndChannel::media, packet), Precedence::priority, expires - now,
              true);
  settle(now);
}

void MeshStack::send_brief(TimePoint now, const NodeId& to, BytesView message,
                           Precedence precedence, Duration life) {
  if (!only_by_channel(to)) {
    send_sealed(now, to, with_channel(EndChannel::brief, message), precedence, life, true);
  } else if (!metered_.send_brief(now, to, message, precedence)) {
    ++counters_.unsealable;
  }
  settle(now);
}

void MeshStack::send_directory(TimePoint now, const std::vector<NodeId>& neighbours,
                               BytesView message, Precedence precedence) {
  neighbours_.send_to_several(now, neighbours, HopChannel::directory, message, precedence,
                              std::nullopt);
  settle(now);
}

/// Over one hop a lost question costs less than acknowledging every one; over several, hops repeat.
/// Of several frames one is likely to be lost.
void MeshStack::send_placed(TimePoint now, const NodeId& to, BytesView message,
                            Precedence precedence, bool look_up) {
  const auto cost = neighbours_.cost(to);
  if (cost && (*cost <= straight_cost_max || router_.next_hop(to) == to)) {
    neighbours_.send(
        now, to, look_up ? HopChannel::look_up : HopChannel::copies, message, precedence,
        message.size() < neighbours_.one_frame_bytes(to) ? radio::Reliability::best_effort
                                                         : radio::Reliability::reliable,
        now + placed_life);
  } else {
    send_sealed(now, to, with_channel(look_up ? EndChannel::look_up : EndChannel::copies, message),
                precedence, placed_life, true);
  }
  settle(now);
}

void MeshStack::send_trace(TimePoint now, const NodeId& to, BytesView message) {
  send_sealed(now, to, with_channel(EndChannel::trace, message), Precedence::routine,
              std::max<Duration>(sealing_answer_life, 20 * answer_within_), true);
  settle(now);
}

void MeshStack::advance(TimePoint now) {
  neighbours_.advance(now);
  metered_.advance(now);
  router_.advance(now);
  forwarder_.advance(now);
  delivery_.advance(now);
  ends_.advance(now);
  settle(now);
}

std::optional<MeshStack::Output> MeshStack::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> MeshStack::deadline() const {
  auto due = earlier(neighbours_.deadline(), router_.deadline());
  due = earlier(due, metered_.deadline());
  due = earlier(due, forwarder_.deadline());
  due = earlier(due, delivery_.deadline());
  return earlier(due, ends_.deadline());
}

void MeshStack::settle(TimePoint now) {
  bool busy = true;
  while (busy) {
    busy = settle_ends(now);
    busy |= settle_forwarder(now);
    busy |= settle_router(now);
    busy |= settle_metered(now);
    busy |= settle_neighbours(now);
    busy |= reroute(now);
  }
}

/// What waits for a neighbour that does not answer goes another way as soon as there is one: the
/// hop would repeat it in vain, and the far end of the way would have to be patient.
bool MeshStack::reroute(TimePoint now) {
  reroute_ |= neighbours_.take_fell_silent();
  if (!std::exchange(reroute_, false)) return false;
  const auto silent = neighbours_.silent();
  const auto leads_elsewhere = [&](BytesView bytes) {
    const auto packet = mesh::decode_packet(bytes, &roster_.names());
    const auto next = packet ? usable_hops_.next_hop(packet->destination) : std::nullopt;
    return next && !silent.contains(*next);
  };
  for (const auto& peer : silent) {
    for (const auto& taken : neighbours_.take_back(now, peer, leads_elsewhere))
      forwarder_.reroute(now, taken.bytes, taken.expires);
  }
  return true;
}

bool MeshStack::settle_metered(TimePoint now) {
  bool busy = false;
  while (auto output = metered_.poll()) {
    busy = true;
    std::visit(Overload{
                   [&](MeteredMesh::SendFrame& frame) {
                     outputs_.push_back(Neighbours::SendFrame{
                         frame.link, std::nullopt, std::move(frame.datagram), frame.use});
                   },
                   [&](MeteredMesh::BriefArrived& arrived) {
                     outputs_.push_back(MessageArrived{arrived.from, std::move(arrived.message)});
                   },
                   [&](const MeteredMesh::PacketArrived& arrived) {
                     open(now, arrived.source, arrived.payload);
                   },
                   [&](const MeteredMesh::Reachable& change) {
                     if (router_.next_hop(change.node)) return;
                     if (change.reachable) delivery_.path_up(now, change.node);
                     outputs_.push_back(RouteChanged{change.node, change.reachable});
                   },
               },
               *output);
  }
  return busy;
}

bool MeshStack::settle_neighbours(TimePoint now) {
  bool busy = false;
  while (auto output = neighbours_.poll()) {
    busy = true;
    std::visit(Overload{
                   [&](Neighbours::SendFrame& frame) { outputs_.push_back(std::move(frame)); },
                   [&](Neighbours::Arrived& arrived) { hop_arrived(now, std::move(arrived)); },
                   [&](const Neighbours::Up& up) {
                     if (on_demand_) packets_at_[up.peer] = now;
                     router_.neighbour_up(now, up.peer, up.cost);
                     outputs_.push_back(NeighbourChanged{up.peer, true});
                   },
                   [&](const Neighbours::Down& down) {
                     packets_at_.erase(down.peer);
                     router_.neighbour_down(now, down.peer);
                     outputs_.push_back(NeighbourChanged{down.peer, false});
                   },
                   [&](const Neighbours::CostChanged& change) {
                     router_.neighbour_cost(now, change.peer, change.cost);
                   },
                   [&](const Neighbours::Renewed& renewed) {
                     router_.neighbour_renewed(now, renewed.peer);
                   },
                   [&](Neighbours::OwnNameHeard& clone) { outputs_.push_back(std::move(clone)); },
               },
               *output);
  }
  return busy;
}

void MeshStack::hop_arrived(TimePoint now, Neighbours::Arrived arrived) {
  switch (arrived.channel) {
    case HopChannel::route:
      router_.receive(now, arrived.from, arrived.content);
      break;
    case HopChannel::packet:
      if (on_demand_) packets_at_[arrived.from] = now;
      forwarder_.receive(now, arrived.content, arrived.transit);
      break;
    case HopChannel::sender_key:  // these stay with Neighbours
    case HopChannel::hello:
      break;
    case HopChannel::look_up:
    case HopChannel::copies:
      outputs_.push_back(PlacedArrived{arrived.from, std::move(arrived.content)});
      break;
    case HopChannel::directory:
      outputs_.push_back(DirectoryArrived{arrived.from, std::move(arrived.content)});
      break;
  }
}

bool MeshStack::settle_router(TimePoint now) {
  bool busy = false;
  while (auto output = router_.poll()) {
    busy = true;
    if (const auto* change = std::get_if<mesh::Router::RouteChanged>(&*output)) {
      route_changed(now, *change);
      continue;
    }
    send_route_message(now, std::get<mesh::Router::Send>(*output));
  }
  return busy;
}

/// What an older message says is worth nothing once the routes it tells of would have expired.
void MeshStack::send_route_message(TimePoint now, const mesh::Router::Send& send) {
  const TimePoint expires = now + router_.limits().route_lifetime;
  // Where it fills much of the channel it must not hold up what users say.
  const Precedence precedence = slow_everywhere_ ? Precedence::routine : Precedence::flash;
  if (!send.to) {
    neighbours_.send_to_all(now, HopChannel::route, send.message, precedence,
                            send.again_by.value_or(expires), send.again_by.has_value());
    return;
  }
  neighbours_.send(now, *send.to, HopChannel::route, send.message, precedence,
                   radio::Reliability::reliable, expires);
}

void MeshStack::route_changed(TimePoint now, const mesh::Router::RouteChanged& change) {
  const bool reachable = change.next_hop || metered_.may_reach(change.destination);
  if (change.next_hop) reroute_ |= !neighbours_.silent().empty();
  // Else what is under way by the hop before arrives, or is taken back if it does not answer.
  if (change.next_hop && !change.had_one) {
    forwarder_.route_up(now, change.destination);
    delivery_.path_up(now, change.destination);
  }
  outputs_.push_back(RouteChanged{change.destination, reachable});
}

bool MeshStack::settle_forwarder(TimePoint now) {
  bool busy = false;
  while (auto output = forwarder_.poll()) {
    busy = true;
    if (auto* forward = std::get_if<mesh::Forwarder::Forward>(&*output)) {
      if (on_demand_) packets_at_[forward->next_hop] = now;
      neighbours_.send(
          now, forward->next_hop, HopChannel::packet,
          mesh::encode(forward->packet,
                       neighbours_.is_metered(forward->next_hop) ? &roster_.names() : nullptr),
          forward->packet.precedence,
          forward->packet.retry ? radio::Reliability::reliable : radio::Reliability::best_effort,
          forward->expires);
    } else if (const auto* deliver = std::get_if<mesh::Forwarder::Deliver>(&*output)) {
      open(now, deliver->packet.source, deliver->packet.payload);
    }
  }
  return busy;
}

bool MeshStack::settle_ends(TimePoint now) {
  bool busy = false;
  while (auto output = delivery_.poll()) {
    busy = true;
    std::visit(Overload{
                   [&](const mesh::Delivery::Send& send) {
                     send_sealed(now, send.to, with_channel(EndChannel::delivery, send.payload),
                                 send.precedence, send.remaining, true);
                   },
                   [&](mesh::Delivery::Arrived& arrived) {
                     message_arrived(arrived.from, std::move(arrived.message));
                   },
                   [&](const mesh::Delivery::Acknowledged& acknowledged) {
                     outputs_.push_back(Acknowledged{acknowledged.number});
                   },
                   [&](const mesh::Delivery::GaveUp& gave_up) {
                     outputs_.push_back(GaveUp{gave_up.to, gave_up.number});
                   },
               },
               *output);
  }
  while (auto output = ends_.poll()) {
    busy = true;
    auto& answer = std::get<security::EndToEnd::Send>(*output);
    submit_packet(now, answer.to, std::move(answer.sealed), Precedence::immediate,
                  std::max<Duration>(sealing_answer_life, 20 * answer_within_), true);
  }
  return busy;
}

void MeshStack::send_sealed(TimePoint now, const NodeId& to, BytesView plaintext,
                            Precedence precedence, Duration remaining, bool retry) {
  auto sealed = ends_.seal(now, to, plaintext);
  if (!sealed) {
    ++counters_.unsealable;
    return;
  }
  submit_packet(now, to, std::move(*sealed), precedence, remaining, retry);
}

void MeshStack::submit_packet(TimePoint now, const NodeId& to, Bytes sealed, Precedence precedence,
                              Duration remaining, bool retry) {
  if (only_by_channel(to)) {
    metered_.send_packet(now, to, sealed, precedence);
    return;
  }
  mesh::Packet packet;
  packet.source = self_;
  packet.destination = to;
  packet.precedence = precedence;
  packet.remaining = std::chrono::duration_cast<std::chrono::milliseconds>(remaining);
  // A life that cannot be told is cut short on quick links, where it is over soon enough; on slow
  // ones the packet would die in the first queue.
  if (slow_everywhere_ && *packet.remaining > mesh::Packet::remaining_max) packet.remaining.reset();
  packet.retry = retry;
  packet.payload = std::move(sealed);
  forwarder_.submit(now, std::move(packet));
}

void MeshStack::open(TimePoint now, const NodeId& source, BytesView sealed) {
  auto opened = ends_.open(now, sealed, source);
  if (!opened) {
    if (opened.error() != security::OpenError::consumed) ++counters_.unopenable;
    return;
  }
  if (opened->from != source) {
    ++counters_.wrong_source;
    return;
  }
  const BytesView plaintext = opened->plaintext;
  const auto channel = plaintext.empty() ? EndChannel{} : static_cast<EndChannel>(plaintext[0]);
  if (channel == EndChannel::delivery) {
    delivery_.receive(now, opened->from, plaintext.subspan(1));
  } else if (channel == EndChannel::brief) {
    outputs_.push_back(MessageArrived{opened->from, to_bytes(plaintext.subspan(1))});
  } else if (channel == EndChannel::media) {
    outputs_.push_back(MediaArrived{opened->from, to_bytes(plaintext.subspan(1))});
  } else if (channel == EndChannel::look_up || channel == EndChannel::copies) {
    outputs_.push_back(PlacedArrived{opened->from, to_bytes(plaintext.subspan(1))});
  } else if (channel == EndChannel::trace) {
    outputs_.push_back(TraceArrived{opened->from, to_bytes(plaintext.subspan(1))});
  } else {
    ++counters_.unknown_content;
  }
}

void MeshStack::count(std::vector<StatusReport::Counter>& into) const {
  if (metered_.link()) metered_.count(into);
  const auto& hop = neighbours_.counters();
  into.push_back({"beacons.foreign", hop.beacons_foreign});
  into.push_back({"beacons.clones", neighbours_.discovery_counters().clones});
  into.push_back({"hop.packets_unknown", hop.packets_empty});
  into.push_back({"hop.unroutable", hop.frames_unroutable});
  const auto& sessions = neighbours_.session_counters();
  into.push_back({"sessions.malformed", sessions.malformed});
  into.push_back({"sessions.wrong_mac", sessions.wrong_mac});
  into.push_back({"sessions.forged_frames", sessions.forged_frames});
  into.push_back({"sessions.replayed_frames", sessions.replayed_frames});
  into.push_back({"sessions.unknown_index", sessions.unknown_index});
  into.push_back({"sessions.refused_certificates", sessions.refused_certificates});
  into.push_back({"sessions.replayed_handshakes", sessions.replayed_handshakes});
  into.push_back({"sessions.unanswered_for_rate", sessions.unanswered_for_rate});
  into.push_back({"sessions.cookies_asked_for", sessions.cookies_asked_for});
  const auto& broadcasts = neighbours_.broadcast_counters();
  into.push_back({"broadcasts.unknown_keys", broadcasts.unknown_keys});
  into.push_back({"broadcasts.repeated", broadcasts.repeated});
  into.push_back({"broadcasts.forged", broadcasts.forged});
  into.push_back({"broadcasts.malformed", broadcasts.malformed});
  into.push_back({"broadcasts.keys_refused", broadcasts.keys_refused});
  into.push_back({"broadcasts.unexpected", hop.broadcasts_unexpected});
  const auto& routing = router_.counters();
  into.push_back({"routing.malformed", routing.malformed});
  into.push_back({"routing.from_strangers", routing.from_strangers});
  into.push_back({"routing.other_names", routing.other_names});
  const auto& packets = forwarder_.counters();
  into.push_back({"packets.malformed", packets.malformed});
  into.push_back({"packets.expired", packets.expired});
  into.push_back({"packets.no_route", packets.no_route});
  into.push_back({"packets.no_room", packets.no_room});
  into.push_back({"packets.hop_limit", packets.hop_limit});
  into.push_back({"packets.rerouted", packets.rerouted});
  into.push_back({"ends.unpackable", counters_.unpackable});
  into.push_back({"ends.unsealable", counters_.unsealable});
  into.push_back({"ends.unopenable", counters_.unopenable});
  into.push_back({"ends.wrong_source", counters_.wrong_source});
  into.push_back({"ends.unknown_content", counters_.unknown_content});
}

}  // namespace muster::node
