// SPDX-License-Identifier: Apache-2.0
#include "node/neighbours.hpp"

#include <algorithm>
#include <cmath>

#include "radio/hop_pace.hpp"

namespace muster::node {
namespace {

/// How often the measured quality of a hop is turned into a cost for routing.
constexpr std::chrono::seconds cost_interval{2};
/// A neighbour whose session has been silent for so long is greeted anew when its beacon is heard:
/// it may have lost the session without having restarted.
constexpr std::chrono::seconds greet_silent_after{10};
/// Costs closer than this (256 = one transmission), and closer than this part of each other, are
/// not worth an update: every one is told all through the mesh.
constexpr int cost_step_min = 48;
constexpr int cost_step_part = 4;
/// Frames that a hop is taken to have lost before it was measured. Were it taken for perfect until
/// it has shown otherwise, everybody would first hear of routes that are soon much worse.
constexpr double lost_at_first = 1.0;

/// Expected transmissions (ETX, De Couto et al. 2003) in 1/256, each weighed by its time on the air
/// where that counts.
std::uint16_t cost_of(const radio::HopLink::Quality& quality, double weight) {
  const double trials = quality.delivery_trials + 1.0;
  double ratio = quality.delivery_ratio * trials / (trials + lost_at_first);
  if (weight > 1) {
    // Few frames go over a slow hop, and many of those that are lost met another's by chance.
    constexpr double presumed_trials = 8;
    constexpr double presumed_ratio = 0.75;
    ratio = (quality.delivery_ratio * trials + presumed_ratio * presumed_trials) /
            (trials + presumed_trials);
  }
  return static_cast<std::uint16_t>(std::lround(256.0 / std::clamp(ratio, 0.05, 1.0) * weight));
}

/// A frame of two seconds weighs as much as some twenty of Wi-Fi: a path of hops is still told
/// from none.
double weight_of(const radio::LinkProfile& profile, std::size_t datagram_bytes_max) {
  constexpr double weighs_one_more = 1e8;  // ns
  constexpr double weight_max = 24;
  const auto airtime = static_cast<double>(profile.airtime(datagram_bytes_max).count());
  return std::min(weight_max, 1 + airtime / weighs_one_more);
}

bool worth_telling(int cost, int told) {
  const int moved = std::abs(cost - told);
  return moved >= cost_step_min && moved * cost_step_part >= told;
}

FrameUse use_of(HopChannel channel, std::size_t octets) {
  const auto size = static_cast<std::uint32_t>(octets);
  FrameUse use;
  switch (channel) {
    case HopChannel::packet:
      use.carried = size;
      break;
    case HopChannel::route:
      use.routing = size;
      break;
    case HopChannel::look_up:
      use.look_up = size;
      break;
    case HopChannel::directory:
    case HopChannel::copies:
      use.directory = size;
      break;
    case HopChannel::sender_key:
      use.keys = size;
      break;
    case HopChannel::hello:
      break;
  }
  return use;
}

/// Of a NodeId, in a hello: enough to tell neighbours apart.
constexpr std::size_t hello_name_bytes = 4;
/// How long a neighbour that is not up counts as one on a metered link.
constexpr std::chrono::minutes may_yet_come_up{1};
/// A beacon, sealed.
constexpr std::size_t beacon_bytes = 70;
/// A hop that waits for its turn on a metered link is looked at no sooner again.
constexpr std::chrono::milliseconds turn_look{50};

/// With fewer listeners on a link a repeated frame to each is surer and costs as much.
constexpr std::ptrdiff_t worth_a_broadcast = 3;

Bytes with_channel(HopChannel channel, BytesView content) {
  Bytes packet;
  packet.reserve(content.size() + 1);
  packet.push_back(static_cast<std::uint8_t>(channel));
  append(packet, content);
  return packet;
}

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

bool Neighbours::broadcast(TimePoint now, LinkId link, HopChannel channel, BytesView content) {
  const auto found = links_.find(link);
  if (found == links_.end() || !found->second.broadcasts ||
      1 + content.size() + security::broadcast_overhead_bytes > found->second.datagram_bytes_max) {
    return false;
  }
  if (found->second.pace) {
    found->second.pace->sent(1 + content.size() + security::broadcast_overhead_bytes);
  }
  put_on_link(now,
              SendFrame{link, std::nullopt, broadcasts_.seal(now, with_channel(channel, content)),
                        use_of(channel, content.size())},
              Precedence::flash);
  return true;
}

void Neighbours::send_to_all(TimePoint now, HopChannel channel, BytesView content,
                             Precedence precedence, std::optional<TimePoint> expires) {
  std::vector<NodeId> peers;
  for (const auto& [id, neighbour] : neighbours_) {
    if (neighbour.up) peers.push_back(id);
  }
  send_to_several(now, peers, channel, content, precedence, expires);
}

void Neighbours::send_to_several(TimePoint now, const std::vector<NodeId>& peers,
                                 HopChannel channel, BytesView content, Precedence precedence,
                                 std::optional<TimePoint> expires) {
  std::map<LinkId, std::vector<NodeId>> by_link;
  for (const auto& id : peers) {
    const auto path = sessions_.path(id);
    if (path && neighbours_.contains(id)) by_link[path->link].push_back(id);
  }
  for (const auto& [link, there] : by_link) {
    const auto listeners = std::count_if(
        there.begin(), there.end(),
        [&, on = link](const NodeId& id) { return broadcasts_.may_hear(now, id, on); });
    const bool sent = listeners >= worth_a_broadcast && broadcast(now, link, channel, content);
    for (const auto& id : there) {
      const bool heard = sent && broadcasts_.presumed_to_hear(now, id, link);
      if (sent) broadcasts_.tried(now, id, link);
      if (heard) continue;
      submit_control(now, *neighbours_.find(id), channel, content, precedence, expires);
    }
  }
  settle(now);
}

/// Neighbours learn from one frame that we hear them, so that none of them has to ask. On a metered
/// link they ask so seldom that this would be more.
void Neighbours::say_hello(TimePoint now) {
  const Duration interval = limits_.hello_interval;
  const auto jitter = random_.below(static_cast<std::uint64_t>(interval.count() / 4));
  hello_due_ = now + interval - interval / 8 + Duration{static_cast<Duration::rep>(jitter)};
  std::map<LinkId, std::pair<std::ptrdiff_t, Bytes>> by_link;  // listeners; whom we hear
  for (auto& [id, neighbour] : neighbours_) {
    const auto path = sessions_.path(id);
    if (!path || !neighbour.up || metered(id) != nullptr) continue;
    auto& [listeners, names] = by_link[path->link];
    if (broadcasts_.may_hear(now, id, path->link)) {
      ++listeners;
      broadcasts_.tried(now, id, path->link);
    }
    const bool heard =
        neighbour.broadcast_heard && now - *neighbour.broadcast_heard <= limits_.hello_heard;
    if (heard && names.size() < limits_.hello_names_max * hello_name_bytes)
      append(names, id.view().first(hello_name_bytes));
  }
  for (const auto& [link, said] : by_link) {
    if (said.first >= worth_a_broadcast) broadcast(now, link, HopChannel::hello, said.second);
  }
}

void Neighbours::hear_hello(TimePoint now, Neighbour& from, BytesView names) {
  if (names.size() % hello_name_bytes != 0) {
    ++counters_.broadcasts_unexpected;
    return;
  }
  const BytesView own = self_.view().first(hello_name_bytes);
  for (; !names.empty(); names = names.subspan(hello_name_bytes)) {
    if (std::ranges::equal(names.first(hello_name_bytes), own)) return from.hop.vouched(now);
  }
}

void Neighbours::receive_broadcast(TimePoint now, BytesView datagram) {
  auto opened = broadcasts_.open(now, datagram);
  if (!opened) return;
  const Bytes& packet = opened->content;
  const auto found = neighbours_.find(opened->from);
  const auto channel = packet.empty() ? HopChannel{} : static_cast<HopChannel>(packet[0]);
  const bool expected = channel == HopChannel::route || channel == HopChannel::directory ||
                        channel == HopChannel::hello;
  if (found == neighbours_.end() || !expected) {
    ++counters_.broadcasts_unexpected;
    return;
  }
  found->second.broadcast_heard = now;
  if (channel == HopChannel::hello) {
    touched_.insert(opened->from);
    return hear_hello(now, found->second, BytesView(packet).subspan(1));
  }
  outputs_.push_back(Arrived{opened->from,
                             channel,
                             {packet.begin() + 1, packet.end()},
                             found->second.hop.quality().srtt / 2});
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
  due = earlier(due, broadcasts_.deadline());
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
  neighbours_.erase(neighbour);
}

bool Neighbours::settle_broadcasts(TimePoint now) {
  bool busy = false;
  while (const auto tell = broadcasts_.poll()) {
    const auto found = neighbours_.find(tell->to);
    if (found == neighbours_.end()) continue;
    busy = true;
    submit(now, *found, HopChannel::sender_key, tell->message, Precedence::immediate,
           radio::Reliability::reliable, std::nullopt);
  }
  return busy;
}

bool Neighbours::settle_discovery(TimePoint now) {
  bool busy = false;
  while (auto output = neighbourhood_.poll()) {
    busy = true;
    if (const auto* heard_one = std::get_if<discovery::Neighbourhood::Heard>(&*output)) {
      heard(now, *heard_one);
    } else if (auto* beacon = std::get_if<discovery::Neighbourhood::SendBeacon>(&*output)) {
      put_on_link(now, SendFrame{beacon->link, beacon->to, sealer_.seal(beacon->plaintext), {}},
                  Precedence::routine);
    } else if (const auto* clone = std::get_if<discovery::Neighbourhood::OwnNameHeard>(&*output)) {
      outputs_.push_back(OwnNameHeard{clone->path});
    }
  }
  return busy;
}

void Neighbours::heard(TimePoint now, const discovery::Neighbourhood::Heard& beacon) {
  if (beacon.node == self_) return;
  heard_boots_[beacon.node] = beacon.boot;
  if (!sessions_.path(beacon.node)) {
    greet(now, beacon.node, beacon.path);
    return;
  }
  const auto session_boot = session_boots_.try_emplace(beacon.node, beacon.boot).first->second;
  if (session_boot != beacon.boot) {
    sessions_.reconnect(now, beacon.node);
    return;
  }
  const auto found = neighbours_.find(beacon.node);
  if (found != neighbours_.end() && !found->second.up &&
      now - found->second.silent_since > greet_silent_after) {
    if (sessions_.path(beacon.node) == beacon.path) {
      sessions_.reconnect(now, beacon.node);
    } else {
      sessions_.connect(now, beacon.node, beacon.path);
    }
  }
}

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
    } else if (std::holds_alternative<security::SessionTable::Failed>(*output)) {
      greet_candidates(now);
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
  neighbours_.try_emplace(session.peer,
                          Neighbour{radio::HopLink{limits, now, random_.next()},
                                    ControlQueue{limits_.control_bytes_max}, false, 0, now});
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

void Neighbours::watch_costs(TimePoint now) {
  if (now < costs_due_) return;
  costs_due_ = now + cost_interval;
  greet_candidates(now);
  for (auto& [peer, neighbour] : neighbours_) {
    const std::uint16_t cost = cost_of(neighbour.hop.quality(), link_weight(peer));
    if (!neighbour.up || !worth_telling(cost, neighbour.cost)) continue;
    neighbour.cost = cost;
    outputs_.push_back(CostChanged{peer, cost});
  }
}

double Neighbours::link_weight(const NodeId& peer) const {
  const auto path = sessions_.path(peer);
  const auto link = path ? links_.find(path->link) : links_.end();
  return link == links_.end() ? 1
                              : weight_of(link->second.profile, link->second.datagram_bytes_max);
}

std::size_t Neighbours::frame_bytes_max(LinkId link) const {
  const auto found = links_.find(link);
  const std::size_t datagram = found == links_.end() ? 512 : found->second.datagram_bytes_max;
  return datagram - security::session_overhead_bytes;
}

}  // namespace muster::node
