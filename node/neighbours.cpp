// SPDX-License-Identifier: Apache-2.0
#include "node/neighbours.hpp"

#include <algorithm>

#include "node/hop_cost.hpp"
#include "radio/hop_pace.hpp"

namespace muster::node {
namespace {

/// A beacon, sealed.
constexpr std::size_t beacon_bytes = 70;
/// A hop that waits for its turn on a metered link is looked at no sooner again.
constexpr std::chrono::milliseconds turn_look{50};
/// A hop that has just been made is taken to come up.
constexpr std::chrono::seconds comes_up_within{3};

}  // namespace

Neighbours::Neighbours(security::LocalNode local, security::PeerVerifier& verifier,
                       ports::Random& random, std::uint64_t seed, const Limits& limits,
                       ports::StateStore* remembered)
    : limits_(limits),
      random_(seed),
      self_(local.id),
      sealer_(local.discovery_key, random),
      sessions_(local, verifier, random, limits.sessions, seed ^ 0x5e551055, remembered),
      neighbourhood_({local.id, local.boot}, {}, seed ^ 0xbeac07),
      choice_(limits.choice, seed ^ 0xc401ce),
      broadcasts_(local.id, random, limits.broadcasts) {}

void Neighbours::link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max, bool beacons,
                         const radio::LinkProfile& profile) {
  Link& added = links_[link];
  added = {datagram_bytes_max, beacons, profile};
  Duration pace{};
  if (profile.metered()) {
    added.metered = std::make_unique<MeteredLink>(profile, datagram_bytes_max, limits_.metered, now,
                                                  random_.next());
    pace = profile.airtime(beacon_bytes);
    sessions_.set_pace(link, radio::exchange_time(profile, datagram_bytes_max));
  } else {
    added.pace.emplace(limits_.control, now);
  }
  neighbourhood_.link_up(now, link, beacons, pace);
  settle(now);
}

void Neighbours::link_down(TimePoint now, LinkId link) {
  links_.erase(link);
  sessions_.set_pace(link, {});
  choice_.link_down(link);
  neighbourhood_.link_down(now, link);
  settle(now);
}

void Neighbours::add_static_peer(TimePoint now, LinkId link, const LinkAddress& address) {
  neighbourhood_.add_static_peer(now, link, address);
  settle(now);
}

void Neighbours::add_candidate(TimePoint now, const LinkPath& path) {
  neighbourhood_.add_candidate(now, path);
  settle(now);
}

void Neighbours::remove_candidate(TimePoint now, const LinkPath& path) {
  neighbourhood_.remove_candidate(now, path);
  settle(now);
}

void Neighbours::reach(TimePoint now, const NodeId& node, const LinkPath& path) {
  if (node != self_ && !sessions_.path(node)) sessions_.connect(now, node, path);
  settle(now);
}

void Neighbours::leave(TimePoint now, const NodeId& node) {
  const auto found = neighbours_.find(node);
  if (found == neighbours_.end()) return;
  if (found->second.up) set_up(now, node, found->second, false);
  forget(found);
  broadcasts_.neighbour_gone(node);
  sessions_.drop(node);
  settle(now);
}

void Neighbours::receive(TimePoint now, const LinkPath& from, BytesView datagram) {
  const auto link = links_.find(from.link);
  if (link != links_.end() && link->second.metered) {
    link->second.metered->gate().heard(now, datagram.size());
  }
  const auto type = datagram.empty() ? security::DatagramType{}
                                     : static_cast<security::DatagramType>(datagram[0]);
  if (type == security::DatagramType::piece) {
    const auto whole = pieces_.receive(now, from, datagram);
    if (whole && whole->front() < static_cast<std::uint8_t>(type)) {
      sessions_.receive(now, from, *whole);
    }
  } else if (type == security::DatagramType::broadcast) {
    receive_broadcast(now, datagram);
  } else if (type == security::DatagramType::beacon) {
    if (sealer_.sealed_here(datagram)) {
      ++counters_.beacons_own;
    } else if (const auto beacon = sealer_.open(datagram)) {
      neighbourhood_.receive(now, from, *beacon);
    } else {
      ++counters_.beacons_foreign;
    }
  } else {
    sessions_.receive(now, from, datagram);
  }
  settle(now);
}

void Neighbours::overheard(TimePoint now, LinkId id, std::size_t datagram_bytes) {
  const auto link = links_.find(id);
  if (link == links_.end() || !link->second.metered) return;
  link->second.metered->gate().heard(now, datagram_bytes);
  settle(now);
}

void Neighbours::send(TimePoint now, const NodeId& to, HopChannel channel, BytesView content,
                      Precedence precedence, radio::Reliability reliability,
                      std::optional<TimePoint> expires) {
  const auto found = neighbours_.find(to);
  if (found == neighbours_.end()) {
    ++counters_.frames_unroutable;
    return;
  }
  if (channel == HopChannel::route || channel == HopChannel::directory) {
    submit_control(now, *found, channel, content, precedence, expires);
  } else {
    submit(now, *found, channel, content, precedence, reliability, expires);
  }
  settle(now);
}

void Neighbours::submit(TimePoint now, Entry& entry, HopChannel channel, BytesView content,
                        Precedence precedence, radio::Reliability reliability,
                        std::optional<TimePoint> expires) {
  touched_.insert(entry.first);
  entry.second.hop.submit(now, with_channel(channel, content), precedence, reliability, expires);
}

std::vector<radio::SendQueue::Taken> Neighbours::take_back(
    TimePoint now, const NodeId& peer, const std::function<bool(BytesView)>& which) {
  const auto found = neighbours_.find(peer);
  if (found == neighbours_.end()) return {};
  touched_.insert(peer);
  auto taken = found->second.hop.take_back([&](BytesView packet) {
    return packet[0] == static_cast<std::uint8_t>(HopChannel::packet) && which(packet.subspan(1));
  });
  for (auto& each : taken) each.bytes.erase(each.bytes.begin());
  settle(now);
  return taken;
}

/// At once the first time, then spaced: what is dropped for want of room must not draw whole
/// tables.
void Neighbours::renew_later(TimePoint now, Neighbour& neighbour) {
  if (neighbour.renew_at) return;
  neighbour.renew_at =
      neighbour.renewed ? std::max(now, *neighbour.renewed + limits_.renew_spacing) : now;
  renewal_due_ = earlier(renewal_due_, neighbour.renew_at);
}

void Neighbours::tell_renewed(TimePoint now) {
  if (!renewal_due_ || *renewal_due_ > now) return;
  renewal_due_.reset();
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.renew_at) continue;
    if (*neighbour.renew_at > now) {
      renewal_due_ = earlier(renewal_due_, neighbour.renew_at);
      continue;
    }
    neighbour.renew_at.reset();
    neighbour.renewed = now;
    outputs_.push_back(Renewed{id});
  }
}

void Neighbours::advance(TimePoint now) {
  neighbourhood_.advance(now);
  sessions_.advance(now);
  broadcasts_.advance(now);
  if (!neighbours_.empty() && (!hello_due_ || *hello_due_ <= now)) say_hello(now);
  for (const auto& [due, peer] : hops_due_) {
    if (due > now) break;
    touched_.insert(peer);
    neighbours_.at(peer).hop.advance(now);
  }
  watch_costs(now);
  if (choice_.deadline() && *choice_.deadline() <= now) choose(now);
  settle(now);
}

std::optional<Neighbours::Output> Neighbours::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Neighbours::deadline() const {
  auto due = earlier(neighbourhood_.deadline(), sessions_.deadline());
  due = earlier(earlier(due, broadcasts_.deadline()), choice_.deadline());
  due = earlier(due, renewal_due_);
  due = earlier(earlier(due, turn_due_), control_due_);
  if (!hops_due_.empty()) due = earlier(due, hops_due_.begin()->first);
  if (!neighbours_.empty()) due = earlier(earlier(due, costs_due_), hello_due_);
  return due;
}

std::vector<Neighbours::Peer> Neighbours::peers() const {
  std::vector<Peer> all;
  for (const auto& [id, neighbour] : neighbours_) {
    all.push_back(
        {id, sessions_.path(id).value_or(LinkPath{}), neighbour.up, neighbour.hop.quality()});
  }
  return all;
}

/// Carries what each machine puts out to the machine it is for, until all are quiet.
void Neighbours::settle(TimePoint now) {
  bool busy = true;
  while (busy) {
    busy = settle_discovery(now);
    busy |= settle_sessions(now);
    busy |= settle_broadcasts(now);
    busy |= settle_control(now);
    busy |= settle_hops(now);
    busy |= settle_metered(now);
  }
  tell_renewed(now);
}

bool Neighbours::settle_hops(TimePoint now) {
  bool busy = false;
  while (!touched_.empty()) {
    const NodeId peer = *touched_.begin();
    touched_.erase(touched_.begin());
    const auto found = neighbours_.find(peer);
    if (found == neighbours_.end()) continue;
    auto& neighbour = found->second;
    busy |= settle_hop(now, peer, neighbour);
    watch_doubt(peer, neighbour);
    watch_silence(peer, neighbour);
    auto due = neighbour.hop.deadline();
    // What it wants to say waits for its turn on the link, not for a time of its own.
    const auto* link = due && *due <= now ? metered(peer) : nullptr;
    if (link != nullptr) {
      const auto wanted = neighbour.hop.wants();
      due = std::max(now + turn_look, wanted ? link->gate().opens_at(*wanted) : now);
    }
    if (due == neighbour.due) continue;
    if (neighbour.due) hops_due_.erase({*neighbour.due, peer});
    if (due) hops_due_.insert({*due, peer});
    neighbour.due = due;
  }
  return busy;
}

void Neighbours::forget(std::map<NodeId, Neighbour>::iterator neighbour) {
  if (neighbour->second.due) hops_due_.erase({*neighbour->second.due, neighbour->first});
  control_waits_.erase(neighbour->first);
  silent_.erase(neighbour->first);
  neighbours_.erase(neighbour);
}

bool Neighbours::settle_sessions(TimePoint now) {
  bool busy = false;
  while (auto output = sessions_.poll()) {
    busy = true;
    if (auto* send = std::get_if<security::SessionTable::Send>(&*output)) {
      put_on_link(now,
                  SendFrame{send->path.link, send->path.address, std::move(send->datagram), {}},
                  Precedence::immediate);
    } else if (const auto* session = std::get_if<security::SessionTable::Established>(&*output)) {
      established(now, *session);
      greet_candidates(now);
      choose(now);
    } else if (std::holds_alternative<security::SessionTable::Failed>(*output)) {
      greet_candidates(now);
      choose(now);
    } else if (auto* frame = std::get_if<security::SessionTable::Frame>(&*output)) {
      const auto found = neighbours_.find(frame->peer);
      if (found == neighbours_.end()) continue;
      touched_.insert(frame->peer);
      found->second.hop.receive(now, frame->frame);
      const auto delay = found->second.hop.take_queue_delay();
      auto* paced = delay ? pace(frame->peer) : nullptr;
      if (paced != nullptr) paced->acknowledged(*delay, found->second.hop.delivery_ratio());
    }
  }
  return busy;
}

void Neighbours::established(TimePoint now, const security::SessionTable::Established& session) {
  const auto boot = heard_boots_.find(session.peer);
  if (boot != heard_boots_.end()) session_boots_[session.peer] = boot->second;
  neighbourhood_.connected(now, session.peer);
  const std::size_t frame_bytes = frame_bytes_max(session.path.link);
  const auto found = neighbours_.find(session.peer);
  if (found != neighbours_.end() && !session.peer_restarted) {
    touched_.insert(session.peer);
    found->second.hop.set_frame_bytes_max(frame_bytes);
    if (!found->second.up) {
      found->second.hop.wake(now);
      found->second.hopeful_until = now + comes_up_within;
    }
    renew_later(now, found->second);
    return;
  }
  // A peer that has restarted knows nothing of the old sequence numbers: both begin again.
  if (found != neighbours_.end()) {
    set_up(now, session.peer, found->second, false);
    forget(found);
    broadcasts_.neighbour_gone(session.peer);
  }
  radio::HopLink::Limits limits;
  limits.frame_bytes_max = frame_bytes;
  const auto link = links_.find(session.path.link);
  if (link != links_.end()) {
    limits = radio::paced(limits, link->second.profile, link->second.datagram_bytes_max,
                          std::max(neighbours_.size() + 1, heard_boots_.size()));
  }
  // Up comes from the hop itself, once the neighbour has acknowledged something.
  neighbours_.try_emplace(session.peer, Neighbour{radio::HopLink{limits, now, random_.next()},
                                                  ControlQueue{limits_.control_bytes_max}, false, 0,
                                                  now, now + comes_up_within});
  choice_.forget(session.peer);
  touched_.insert(session.peer);
  broadcasts_.neighbour_new(session.peer);
}

bool Neighbours::settle_hop(TimePoint now, const NodeId& peer, Neighbour& neighbour) {
  bool busy = false;
  const bool waits_its_turn = metered(peer) != nullptr;
  while (auto output = waits_its_turn ? neighbour.hop.poll_event() : neighbour.hop.poll()) {
    busy = true;
    handle(now, peer, neighbour, std::move(*output));
  }
  return busy;
}

void Neighbours::handle(TimePoint now, const NodeId& peer, Neighbour& neighbour,
                        radio::HopLink::Output output) {
  if (auto* frame = std::get_if<radio::HopLink::Transmit>(&output)) {
    transmit(now, peer, *frame);
  } else if (auto* packet = std::get_if<radio::HopLink::Deliver>(&output)) {
    deliver(now, peer, std::move(packet->packet), neighbour.hop.quality().srtt / 2);
  } else if (const auto* change = std::get_if<radio::HopLink::UpDown>(&output)) {
    set_up(now, peer, neighbour, change->up);
  } else if (const auto* drop = std::get_if<radio::HopLink::Dropped>(&output)) {
    // Route messages are among these; what else is FLASH does no harm here.
    if (drop->precedence == Precedence::flash) renew_later(now, neighbour);
  }
}

MeteredLink* Neighbours::metered(const NodeId& peer) {
  const auto path = sessions_.path(peer);
  const auto link = path ? links_.find(path->link) : links_.end();
  return link == links_.end() ? nullptr : link->second.metered.get();
}

/// What the link carries at once, or what waits there for its turn; in pieces if it is too large.
void Neighbours::put_on_link(TimePoint now, SendFrame frame, Precedence precedence) {
  const auto link = links_.find(frame.link);
  if (link == links_.end()) return;
  const std::size_t largest = link->second.datagram_bytes_max;
  std::vector<Bytes> datagrams;
  if (frame.datagram.size() > largest) {
    datagrams = DatagramPieces::cut(frame.datagram, largest, cut_++);
    if (datagrams.empty()) ++counters_.datagrams_too_large;
  } else {
    datagrams.push_back(std::move(frame.datagram));
  }
  for (Bytes& datagram : datagrams) {
    if (link->second.metered) {
      link->second.metered->submit({frame.to, std::move(datagram), precedence, frame.use, now});
    } else {
      outputs_.push_back(SendFrame{frame.link, frame.to, std::move(datagram), frame.use});
    }
  }
}

/// The peer may hold another session than we do: on slow links handshakes cross, and answers come
/// when they are not waited for any more.
void Neighbours::never_came_up(TimePoint now, const NodeId& peer) {
  neighbourhood_.lost(now, peer);
  if (metered(peer) != nullptr) sessions_.reconnect(now, peer);
}

void Neighbours::set_up(TimePoint now, const NodeId& peer, Neighbour& neighbour, bool up) {
  if (neighbour.up == up) {
    if (!up) never_came_up(now, peer);
    return;
  }
  neighbour.up = up;
  if (up) {
    choice_.forget(peer);
    neighbour.woken.reset();
    neighbour.cost = cost_of(neighbour.hop.quality(), link_weight(peer));
    neighbourhood_.connected(now, peer);
    outputs_.push_back(Up{peer, neighbour.cost});
  } else {
    neighbour.silent_since = now;
    neighbourhood_.lost(now, peer);
    outputs_.push_back(Down{peer});
  }
}

void Neighbours::deliver(TimePoint now, const NodeId& peer, Bytes packet, Duration transit) {
  const auto channel = packet.empty() ? HopChannel{} : static_cast<HopChannel>(packet[0]);
  if (channel < HopChannel::route || channel > HopChannel::copies) {
    ++counters_.packets_empty;
    return;
  }
  if (channel == HopChannel::sender_key) {
    const auto path = sessions_.path(peer);
    broadcasts_.receive_told(now, peer, path ? path->link : LinkId{}, BytesView(packet).subspan(1));
    return;
  }
  outputs_.push_back(Arrived{peer, channel, {packet.begin() + 1, packet.end()}, transit});
}

void Neighbours::transmit(TimePoint now, const NodeId& peer,
                          const radio::HopLink::Transmit& frame) {
  auto datagram = sessions_.seal(now, peer, frame.frame);
  const auto path = sessions_.path(peer);
  if (!datagram || !path) {
    ++counters_.frames_unroutable;
    return;
  }
  const auto octets = [&](HopChannel channel) -> std::uint32_t {
    return frame.octets_of_kind[static_cast<std::size_t>(channel)];
  };
  const auto packets = octets(HopChannel::packet) + octets(HopChannel::look_up);
  const auto control = octets(HopChannel::route) + octets(HopChannel::directory);
  if (auto* paced = control > 0 ? pace(peer) : nullptr)
    paced->sent(packets > 0 ? control : datagram->size());
  outputs_.push_back(
      SendFrame{path->link,
                path->address,
                std::move(*datagram),
                {octets(HopChannel::packet), octets(HopChannel::route), octets(HopChannel::look_up),
                 octets(HopChannel::directory) + octets(HopChannel::copies),
                 octets(HopChannel::sender_key)}});
}

std::size_t Neighbours::frame_bytes_max(LinkId link) const {
  const auto found = links_.find(link);
  const std::size_t datagram = found == links_.end() ? 512 : found->second.datagram_bytes_max;
  return datagram - security::session_overhead_bytes;
}

}  // namespace muster::node
