// SPDX-License-Identifier: Apache-2.0
#include "sip/media_anchor.hpp"

#include <algorithm>

namespace muster::sip {
namespace {

std::size_t at(Leg leg) { return static_cast<std::size_t>(leg); }

bool same_host(const IpAddress& a, const IpAddress& b) {
  return a.v6 == b.v6 && a.octets == b.octets;
}

}  // namespace

MediaAnchor::~MediaAnchor() {
  for (const auto& [port, owner] : ports_) sockets_.close_pair(port);
}

MediaAnchor::Session* MediaAnchor::open_session(TimePoint now, const MediaKey& key) {
  const auto it = sessions_.find(key);
  Session* session = it == sessions_.end() ? nullptr : &it->second;
  if (!session) {
    if (sessions_.size() >= limits_.sessions_max) return nullptr;
    session = &sessions_[key];
  }
  keep_alive(now, *session);
  return session;
}

MediaAnchor::LegState* MediaAnchor::find_leg(const MediaKey& key, Leg leg) {
  const auto it = sessions_.find(key);
  return it == sessions_.end() ? nullptr : &it->second.legs[at(leg)];
}

MediaAnchor::Stream& MediaAnchor::stream_of(LegState& leg, std::size_t index) {
  if (leg.streams.size() <= index) leg.streams.resize(index + 1);
  return leg.streams[index];
}

bool MediaAnchor::open_port(const MediaKey& key, Leg leg, std::size_t index, Stream& stream) {
  if (stream.local_port) return true;
  stream.local_port = sockets_.open_pair();
  if (!stream.local_port) return false;
  ports_[*stream.local_port] = {key, leg, static_cast<std::uint8_t>(index)};
  return true;
}

void MediaAnchor::keep_alive(TimePoint now, Session& session) const {
  const Duration quiet = !session.had_media ? limits_.setup_max
                         : session.on_hold  ? limits_.hold_max
                                            : limits_.idle_max;
  session.ends = now + quiet;
}

Result<std::string, MediaAnchor::Refusal> MediaAnchor::anchor_towards_phone(
    TimePoint now, const MediaKey& key, Leg leg, const IpAddress& local, std::string_view sdp) {
  auto description = Sdp::parse(sdp);
  if (!description) return tl::make_unexpected(Refusal::not_sdp);
  Session* session = open_session(now, key);
  if (!session) return tl::make_unexpected(Refusal::too_many);
  session->on_hold = description->on_hold();
  keep_alive(now, *session);
  session->legs[at(leg)].local = local;
  const auto count = std::min(description->streams().size(), limits_.streams_max);
  for (std::size_t i = 0; i < count; ++i) {
    const SdpStream& offered = description->streams()[i];
    if (!offered.is_rtp || offered.port == 0) continue;
    Stream& stream = stream_of(session->legs[at(leg)], i);
    if (!open_port(key, leg, i, stream)) return tl::make_unexpected(Refusal::no_ports);
    description->redirect(i, {local, *stream.local_port});
  }
  return description->str();
}

Result<void, MediaAnchor::Refusal> MediaAnchor::learn_from_phone(TimePoint now, const MediaKey& key,
                                                                 Leg leg,
                                                                 const IpAddress& signalled_from,
                                                                 std::string_view sdp) {
  const auto description = Sdp::parse(sdp);
  if (!description) return tl::make_unexpected(Refusal::not_sdp);
  Session* session = open_session(now, key);
  if (!session) return tl::make_unexpected(Refusal::too_many);
  session->on_hold = description->on_hold();
  keep_alive(now, *session);
  LegState& state = session->legs[at(leg)];
  state.signalled_from = signalled_from;
  state.on_this_machine = sockets_.is_of_this_machine(signalled_from);
  const auto count = std::min(description->streams().size(), limits_.streams_max);
  for (std::size_t i = 0; i < count; ++i) {
    const SdpStream& said = description->streams()[i];
    if (!said.is_rtp) continue;
    auto& components = stream_of(state, i).components;
    components[0] = {said.rtp, std::nullopt};
    components[1] = {said.rtcp, std::nullopt};
  }
  return {};
}

void MediaAnchor::set_peer(TimePoint now, const MediaKey& key, Leg leg, const NodeId& node) {
  if (Session* session = open_session(now, key)) session->legs[at(leg)].peer = node;
}

void MediaAnchor::bridge(TimePoint now, const MediaKey& key) {
  Session* session = open_session(now, key);
  if (!session) return;
  for (LegState& leg : session->legs) leg.peer = ToOtherLeg{};
}

void MediaAnchor::end(const MediaKey& key) {
  const auto it = sessions_.find(key);
  if (it == sessions_.end()) return;
  for (const LegState& leg : it->second.legs) {
    for (const Stream& stream : leg.streams) {
      if (!stream.local_port) continue;
      ports_.erase(*stream.local_port);
      sockets_.close_pair(*stream.local_port);
    }
  }
  sessions_.erase(it);
}

/// A phone is heard from the address its session description names, whatever the port, and from
/// where its signalling comes from. In the second case it does not know its own address, so the
/// source is where it is reached (symmetric RTP, RFC 4961).
bool MediaAnchor::vouched_for(const LegState& leg, Component& component, const IpEndpoint& from) {
  if (component.signalled && same_host(from.address, component.signalled->address)) {
    // A session description has no room for the scope of a link-local address.
    if (from.address.scope != 0) component.latched = {from.address, component.signalled->port};
    return true;
  }
  // What a program of this machine sends to one of its addresses comes, unless the program chose
  // otherwise, from that same address, and from nowhere else does anything come from there.
  if (leg.on_this_machine && leg.local && same_host(from.address, *leg.local)) return true;
  if (!same_host(from.address, leg.signalled_from)) return false;
  if (component.signalled) component.latched = from;
  return true;
}

void MediaAnchor::receive_rtp(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                              BytesView packet) {
  const bool rtcp = local_port & 1;
  const auto port = ports_.find(static_cast<std::uint16_t>(local_port - rtcp));
  if (port == ports_.end()) {
    ++counters_.unknown_port;
    return;
  }
  if (packet.empty() || packet.size() > limits_.packet_bytes_max) {
    ++counters_.malformed;
    return;
  }
  const auto& [key, leg, index] = port->second;
  Session& session = sessions_.at(key);
  LegState& state = session.legs[at(leg)];
  if (!vouched_for(state, state.streams[index].components[rtcp], from)) {
    ++counters_.foreign_source;
    return;
  }
  session.had_media = true;
  keep_alive(now, session);
  if (const auto* node = std::get_if<NodeId>(&state.peer)) {
    ++counters_.to_nodes;
    outputs_.push_back(ToNode{*node, MediaPacket{key, other(leg), index, rtcp, packet}.serialise(),
                              now + limits_.playout_within});
  } else if (std::holds_alternative<ToOtherLeg>(state.peer)) {
    to_phone(now, session, other(leg), index, rtcp, packet);
  } else {
    ++counters_.no_destination;
  }
}

void MediaAnchor::receive_from_node(TimePoint now, const NodeId& from, BytesView media_packet) {
  const auto packet = MediaPacket::parse(media_packet);
  if (!packet || packet->payload.size() > limits_.packet_bytes_max) {
    ++counters_.malformed;
    return;
  }
  const auto it = sessions_.find(packet->key);
  if (it == sessions_.end()) {
    ++counters_.no_destination;
    return;
  }
  const auto* peer = std::get_if<NodeId>(&it->second.legs[at(packet->towards)].peer);
  if (!peer || *peer != from) {
    ++counters_.foreign_source;
    return;
  }
  to_phone(now, it->second, packet->towards, packet->stream, packet->rtcp, packet->payload);
}

void MediaAnchor::to_phone(TimePoint now, Session& session, Leg leg, std::size_t stream, bool rtcp,
                           BytesView packet) {
  const LegState& state = session.legs[at(leg)];
  const bool known = stream < state.streams.size() && state.streams[stream].local_port;
  const Component component = known ? state.streams[stream].components[rtcp] : Component{};
  const auto to = component.latched ? component.latched : component.signalled;
  if (!to || to->port == 0) {
    ++counters_.no_destination;
    return;
  }
  session.had_media = true;
  keep_alive(now, session);
  ++counters_.to_phones;
  const auto port = static_cast<std::uint16_t>(*state.streams[stream].local_port + rtcp);
  outputs_.push_back(ToPhone{port, *to, to_bytes(packet)});
}

void MediaAnchor::advance(TimePoint now) {
  std::vector<MediaKey> over;
  for (const auto& [key, session] : sessions_) {
    if (session.ends <= now) over.push_back(key);
  }
  for (const auto& key : over) {
    ++counters_.idle_ended;
    end(key);
  }
}

std::optional<MediaAnchor::Output> MediaAnchor::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> MediaAnchor::deadline() const {
  std::optional<TimePoint> earliest;
  for (const auto& [key, session] : sessions_) earliest = earlier(earliest, session.ends);
  return earliest;
}

}  // namespace muster::sip
