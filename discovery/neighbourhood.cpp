// SPDX-License-Identifier: Apache-2.0
#include "discovery/neighbourhood.hpp"

#include <algorithm>
#include <array>

namespace muster::discovery {
namespace {

using std::chrono::milliseconds;

/// Between the first beacons on a link, or after a change: at 0.1, 0.3 and 1 s, then slower.
constexpr std::array<Duration, 5> first_intervals{milliseconds{100}, milliseconds{200},
                                                  milliseconds{700}, milliseconds{2000},
                                                  milliseconds{4000}};
/// The neighbourhood is not taken to change anew before so many beacons were sent: somebody who
/// makes up nodes cannot make us shout.
constexpr unsigned quick_steps = 3;
/// Of the time of a link that is to be spared.
constexpr int beacons_take_one_of = 100;

}  // namespace

Neighbourhood::Neighbourhood(Beacon self, Limits limits, std::uint64_t seed)
    : self_(self), limits_(limits), random_(seed) {}

void Neighbourhood::note_time(TimePoint now) { now_ = std::max(now_, now); }

Duration Neighbourhood::jittered(Duration interval) {
  const auto spread = static_cast<std::uint64_t>(interval.count() * 2 / 5);
  return interval - interval / 5 + Duration{static_cast<Duration::rep>(random_.below(spread + 1))};
}

Duration Neighbourhood::interval_after(LinkId id, const Link& link) const {
  const auto usual = link.step < first_intervals.size()
                         ? std::min(first_intervals[link.step], limits_.interval_max)
                         : limits_.interval_max;
  const auto stations = static_cast<Duration::rep>(stations_on(id));
  if (link.airtime == Duration{}) {
    const auto crowd = static_cast<Duration::rep>(limits_.crowd_min);
    return stations <= crowd ? usual : usual * stations / crowd;
  }
  const Duration steady = link.airtime * stations * beacons_take_one_of;
  // From a few frames' time to the steady one in as many steps as usual.
  const unsigned left =
      first_intervals.size() - std::min<unsigned>(link.step, first_intervals.size());
  return std::max(usual, steady / (1 << left));
}

std::size_t Neighbourhood::stations_on(LinkId id) const {
  const auto others = std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
    const auto& paths = entry.second.paths;
    return std::any_of(paths.begin(), paths.end(),
                       [&](const LinkPath& path) { return path.link == id; });
  });
  return static_cast<std::size_t>(others) + 1;
}

/// Beacons far apart must not let a neighbour be forgotten between two of them.
Duration Neighbourhood::forget_after() const {
  Duration longest = limits_.forget_after;
  for (const auto& [id, link] : links_) {
    Link steady = link;
    steady.step = static_cast<unsigned>(first_intervals.size());
    longest = std::max(longest, 4 * interval_after(id, steady));
  }
  return longest;
}

void Neighbourhood::link_up(TimePoint now, LinkId id, bool broadcast, Duration airtime) {
  advance(now);
  if (links_.contains(id)) return;
  if (links_.size() >= limits_.links_max) {
    ++counters_.refused;
    return;
  }
  Link& link = links_[id] = {broadcast, 0, now_, airtime};
  link.next = now_ + jittered(interval_after(id, link));
  for (ToldPeer& peer : told_peers_) {
    if (peer.path.link == id) restart(peer);
  }
}

void Neighbourhood::link_down(TimePoint now, LinkId id) {
  advance(now);
  links_.erase(id);
  for (auto& [node_id, node] : nodes_) {
    std::erase_if(node.paths, [&](const LinkPath& path) { return path.link == id; });
  }
}

void Neighbourhood::add_static_peer(TimePoint now, LinkId link, LinkAddress address) {
  advance(now);
  add_told_peer({link, std::move(address)}, false, limits_.static_peers_max);
}

void Neighbourhood::add_candidate(TimePoint now, LinkPath path) {
  advance(now);
  add_told_peer(std::move(path), true, limits_.candidates_max);
}

void Neighbourhood::add_told_peer(LinkPath path, bool candidate, std::size_t max) {
  const auto known = std::find_if(told_peers_.begin(), told_peers_.end(),
                                  [&](const ToldPeer& peer) { return peer.path == path; });
  if (known != told_peers_.end()) {
    known->candidate = known->candidate && candidate;
    return;
  }
  const auto of_this_kind =
      std::count_if(told_peers_.begin(), told_peers_.end(),
                    [&](const ToldPeer& peer) { return peer.candidate == candidate; });
  if (static_cast<std::size_t>(of_this_kind) >= max) {
    ++counters_.refused;
    return;
  }
  ToldPeer& added = told_peers_.emplace_back();
  added.path = std::move(path);
  added.candidate = candidate;
  restart(added);
}

void Neighbourhood::remove_candidate(TimePoint now, const LinkPath& path) {
  advance(now);
  std::erase_if(told_peers_,
                [&](const ToldPeer& peer) { return peer.candidate && peer.path == path; });
}

void Neighbourhood::restart(ToldPeer& peer) {
  peer.tries = 0;
  peer.interval = limits_.static_interval_min;
  peer.next = now_ + jittered(peer.interval / 2);
}

/// Whether it is still to be told that we are here.
bool Neighbourhood::waits(const ToldPeer& peer) const {
  if (!links_.contains(peer.path.link)) return false;
  if (!peer.node) return true;
  const auto node = nodes_.find(*peer.node);
  return node == nodes_.end() || !node->second.connected;
}

void Neighbourhood::receive(TimePoint now, const LinkPath& from, BytesView opened_beacon) {
  advance(now);
  const auto beacon = Beacon::parse(opened_beacon);
  if (!beacon || from.address.octets.size() > LinkAddress::octets_max) {
    ++counters_.malformed;
    return;
  }
  if (beacon->node == self_.node) return own_name_heard(from, beacon->boot);
  ++counters_.heard;
  Node* node = remember(beacon->node);
  if (node == nullptr) return;
  if (node->connected && node->heard && beacon->boot < node->boot) {
    ++counters_.old_boot;
    return;
  }
  forget_later(*node);
  const bool changed = !node->heard || node->boot != beacon->boot;
  node->heard = true;
  node->boot = beacon->boot;
  node->heard_at = now_;
  const bool new_path = note_path(*node, from, limits_.paths_per_node_max);
  note_told_peer(from, beacon->node);
  if (changed) quicken(from.link);
  if (beacon->answer_wanted) answer(*node, from);
  if (changed || new_path || !node->connected) {
    outputs_.push_back(Heard{beacon->node, beacon->boot, from});
  }
}

/// Beacons of earlier starts may be recordings; those of this one and of later ones only another
/// machine can send.
void Neighbourhood::own_name_heard(const LinkPath& from, std::uint32_t boot) {
  if (boot < self_.boot) {
    ++counters_.own;
    return;
  }
  ++counters_.clones;
  if (clone_boot_ && boot <= *clone_boot_) return;
  clone_boot_ = boot;
  outputs_.push_back(OwnNameHeard{boot, from});
}

bool Neighbourhood::note_path(Node& node, const LinkPath& path, std::size_t paths_max) {
  const auto known = std::find(node.paths.begin(), node.paths.end(), path);
  const bool is_new = known == node.paths.end();
  // The latest is the last; the one not heard for longest gives way.
  if (!is_new) node.paths.erase(known);
  if (node.paths.size() >= paths_max) node.paths.erase(node.paths.begin());
  node.paths.push_back(path);
  return is_new;
}

void Neighbourhood::note_told_peer(const LinkPath& from, const NodeId& id) {
  for (ToldPeer& peer : told_peers_) {
    if (peer.path == from) peer.node = id;
  }
}

void Neighbourhood::answer(Node& node, const LinkPath& to) {
  if (node.answered_at && now_ - *node.answered_at < limits_.answer_spacing) return;
  node.answered_at = now_;
  say(to.link, to.address, false);
}

Neighbourhood::Node* Neighbourhood::remember(const NodeId& id) {
  if (const auto known = nodes_.find(id); known != nodes_.end()) return &known->second;
  if (nodes_.size() >= limits_.nodes_max) {
    auto longest_silent = nodes_.end();
    for (auto node = nodes_.begin(); node != nodes_.end(); ++node) {
      if (node->second.connected) continue;
      if (longest_silent == nodes_.end() ||
          node->second.heard_at < longest_silent->second.heard_at) {
        longest_silent = node;
      }
    }
    ++counters_.table_full;
    if (longest_silent == nodes_.end()) return nullptr;
    nodes_.erase(longest_silent);
  }
  Node& node = nodes_[id];
  node.heard_at = now_;
  forget_later(node);
  return &node;
}

/// In a crowd it is enough for who is new that some say at once that they are there.
void Neighbourhood::quicken(LinkId id) {
  const auto link = links_.find(id);
  if (link == links_.end() || link->second.step < quick_steps) return;
  const auto stations = stations_on(id);
  if (link->second.airtime == Duration{} && stations > limits_.crowd_min) {
    if (random_.below(stations) >= limits_.crowd_answers) return;
    link->second.next = std::min(link->second.next, now_ + jittered(first_intervals.front()));
    return;
  }
  link->second.step = 0;
  link->second.next =
      std::min(link->second.next, now_ + jittered(interval_after(id, link->second)));
}

void Neighbourhood::connected(TimePoint now, const NodeId& id) {
  advance(now);
  if (Node* node = remember(id)) node->connected = true;
}

void Neighbourhood::lost(TimePoint now, const NodeId& id) {
  advance(now);
  const auto node = nodes_.find(id);
  if (node == nodes_.end() || !node->second.connected) return;
  node->second.connected = false;
  node->second.heard_at = now_;
  forget_later(node->second);
  for (ToldPeer& peer : told_peers_) {
    if (peer.node == id) restart(peer);
  }
}

void Neighbourhood::advance(TimePoint now) {
  note_time(now);
  for (auto& [id, link] : links_) {
    if (link.next > now_) continue;
    if (link.broadcast) say(id, std::nullopt, false);
    if (link.step < first_intervals.size()) ++link.step;
    link.next = now_ + jittered(interval_after(id, link));
  }
  tell_peers();
  forget_silent();
}

void Neighbourhood::tell_peers() {
  for (ToldPeer& peer : told_peers_) {
    if (!waits(peer) || peer.next > now_) continue;
    say(peer.path.link, peer.path.address, true);
    ++peer.tries;
    peer.next = now_ + jittered(peer.interval);
    peer.interval = std::min(peer.interval * 3 / 2, limits_.static_interval_max);
  }
  std::erase_if(told_peers_, [&](const ToldPeer& peer) {
    return peer.candidate && peer.tries >= limits_.candidate_tries_max && waits(peer);
  });
}

void Neighbourhood::say(LinkId link, std::optional<LinkAddress> to, bool answer_wanted) {
  Beacon beacon = self_;
  beacon.answer_wanted = answer_wanted;
  outputs_.push_back(SendBeacon{link, std::move(to), beacon.encode()});
}

void Neighbourhood::forget_later(const Node& node) {
  if (!node.connected) forget_at_ = earlier(forget_at_, node.heard_at + limits_.forget_after);
}

/// There may be many nodes, and this is asked at every step: they are looked through only when the
/// first of them can be due.
void Neighbourhood::forget_silent() {
  if (!forget_at_ || *forget_at_ > now_) return;
  forget_at_.reset();
  const Duration after = forget_after();
  std::erase_if(nodes_, [&](const auto& entry) {
    const Node& node = entry.second;
    if (node.connected) return false;
    if (now_ - node.heard_at >= after) return true;
    forget_at_ = earlier(forget_at_, node.heard_at + after);
    return false;
  });
}

std::optional<Neighbourhood::Output> Neighbourhood::poll() {
  if (outputs_.empty()) return std::nullopt;
  // Copied: GCC 12 takes the move of an empty optional address for a read of it.
  std::optional<Output> output = outputs_.front();
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> Neighbourhood::deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [id, link] : links_) next = earlier(next, link.next);
  for (const ToldPeer& peer : told_peers_) {
    if (waits(peer)) next = earlier(next, peer.next);
  }
  return earlier(next, forget_at_);
}

}  // namespace muster::discovery
