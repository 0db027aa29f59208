// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/precedence.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/mesh/next_hops.hpp"
#include "core/ports/state_store.hpp"
#include "discovery/neighbourhood.hpp"
#include "node/broadcasts.hpp"
#include "node/control_queue.hpp"
#include "node/datagram_pieces.hpp"
#include "node/frame_use.hpp"
#include "node/hop_channel.hpp"
#include "node/metered_link.hpp"
#include "node/neighbour_choice.hpp"
#include "radio/control_pace.hpp"
#include "radio/hop_link.hpp"
#include "radio/link_profile.hpp"
#include "security/beacon_seal.hpp"
#include "security/datagram_type.hpp"
#include "security/session_table.hpp"

namespace muster::node {

/// All that lies between this node and the next ones: beacons find them, a session proves and
/// hides, a hop link repairs. One hop link per neighbour, over its session's current path.
///
/// A pure state machine; what makes no sense is counted and dropped.
class Neighbours {
 public:
  struct Limits {
    security::SessionTable::Limits sessions{};
    Broadcasts::Limits broadcasts{};
    /// How often a neighbour is renewed because something urgent for it was dropped.
    Duration renew_spacing = std::chrono::seconds{4};
    /// How often it is broadcast whom we hear; whose broadcast is that long ago is not heard.
    Duration hello_interval = std::chrono::seconds{4};
    Duration hello_heard = std::chrono::seconds{7};
    std::size_t hello_names_max = 64;  ///< 4 octets each
    NeighbourChoice::Limits choice{};  ///< where many hear each other
    MeteredLink::Limits metered{};
    /// On a metered link a session is begun with so many of those heard; with others only while
    /// there is no route to them.
    std::size_t metered_neighbours = 4;
    std::size_t metered_neighbours_max = 12;  ///< begun by this node
    std::size_t metered_handshakes_max = 1;   ///< under way at a time
    /// In a fuller channel no session is begun: what is lost there is said again, and fills it
    /// more.
    double metered_load_max = 0.35;
    std::size_t candidates_max = 256;  ///< heard there, and left for later; 80 octets each
    /// Routes and records wait until the pace of their link lets them go.
    radio::ControlPace::Limits control{};
    std::size_t control_bytes_max = 512 * 1024;  ///< that wait, for each neighbour
  };
  /// A datagram for a link; nothing in `to` means everybody on it.
  struct SendFrame {
    LinkId link;
    std::optional<LinkAddress> to;
    Bytes datagram;
    FrameUse use{};
  };
  struct Arrived {
    NodeId from;
    HopChannel channel;
    Bytes content;
    Duration transit{};  ///< how long it was on the hop, as far as known
  };
  /// What was under way to this neighbour may be lost: its session was made anew although it has
  /// not restarted, or something of FLASH precedence was dropped.
  struct Renewed {
    NodeId peer;
  };
  struct Up {
    NodeId peer;
    std::uint16_t cost;
  };
  struct Down {
    NodeId peer;
  };
  struct CostChanged {
    NodeId peer;
    std::uint16_t cost;
  };
  /// A machine at `path` says that it is this node (discovery::Neighbourhood::OwnNameHeard).
  struct OwnNameHeard {
    LinkPath path;
  };
  using Output = std::variant<SendFrame, Arrived, Up, Down, CostChanged, Renewed, OwnNameHeard>;

  struct Peer {
    NodeId id;
    LinkPath path;
    bool up = false;
    radio::HopLink::Quality quality;
  };

  struct Counters {
    std::uint64_t beacons_foreign = 0;        ///< not sealed with this overlay's key
    std::uint64_t beacons_own = 0;            ///< ours, come back
    std::uint64_t packets_empty = 0;          ///< no channel, or one that is not known
    std::uint64_t frames_unroutable = 0;      ///< no session to the neighbour they were meant for
    std::uint64_t broadcasts_unexpected = 0;  ///< on a channel that is not for broadcasts
    std::uint64_t datagrams_too_large = 0;    ///< for their link, even in pieces
    std::uint64_t control_dropped = 0;        ///< no room among what waits for one neighbour
  };

  /// `remembered` (may be nullptr) keeps the numbers of handshakes over a restart.
  Neighbours(security::LocalNode local, security::PeerVerifier& verifier, ports::Random& random,
             std::uint64_t seed, const Limits& limits, ports::StateStore* remembered);

  /// Says to whom there is a route; outlives this. Without it there is none to anybody.
  void set_routes(const mesh::NextHops* routes) { routes_ = routes; }
  /// `beacons` false: nothing is said to everybody on the link; only static peers and candidates
  /// are told that this node is there.
  void link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max, bool beacons = true,
               const radio::LinkProfile& profile = {});
  void link_down(TimePoint now, LinkId link);
  void add_static_peer(TimePoint now, LinkId link, const LinkAddress& address);
  /// Somebody may be there; see discovery::Neighbourhood.
  void add_candidate(TimePoint now, const LinkPath& path);
  void remove_candidate(TimePoint now, const LinkPath& path);
  /// Makes a session with a node that is said to be there, unless there is one.
  void reach(TimePoint now, const NodeId& node, const LinkPath& path);
  /// Lets go of a neighbour; it will find this node silent.
  void leave(TimePoint now, const NodeId& node);
  void receive(TimePoint now, const LinkPath& from, BytesView datagram);
  /// A datagram of that size for somebody else has just ended there.
  void overheard(TimePoint now, LinkId link, std::size_t datagram_bytes);
  /// Sends over one hop; dropped silently where there is no such neighbour (its loss is told).
  void send(TimePoint now, const NodeId& to, HopChannel channel, BytesView content, Precedence,
            radio::Reliability, std::optional<TimePoint> expires);
  /// Takes back the packets (as they were given to send()) for a neighbour that `which` picks.
  [[nodiscard]] std::vector<radio::SendQueue::Taken> take_back(
      TimePoint now, const NodeId& peer, const std::function<bool(BytesView)>& which);
  /// Neighbours that are down, or have not answered lately.
  [[nodiscard]] const std::set<NodeId>& silent() const { return silent_; }
  /// Whether there are more of them since this was asked last.
  [[nodiscard]] bool take_fell_silent() { return std::exchange(fell_silent_, false); }
  /// Once for all neighbours on that link who have our sender key: neither acknowledged nor
  /// repeated. False if it does not fit a datagram of the link, or nothing is said to everybody
  /// there.
  bool broadcast(TimePoint now, LinkId link, HopChannel channel, BytesView content);
  /// To every neighbour that is up, for what may be lost now and then: one broadcast for those who
  /// hear broadcasts where there are several on a link, reliably to each of the others.
  /// `again_soon`: it is said anew before long, so that one listener is enough for a broadcast.
  void send_to_all(TimePoint now, HopChannel channel, BytesView content, Precedence precedence,
                   std::optional<TimePoint> expires, bool again_soon = false);
  /// Likewise to these. Others hear it too, perhaps.
  void send_to_several(TimePoint now, const std::vector<NodeId>& peers, HopChannel channel,
                       BytesView content, Precedence precedence, std::optional<TimePoint> expires,
                       bool again_soon = false);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] std::vector<Peer> peers() const;
  /// How many others are heard on the link where most are.
  [[nodiscard]] std::size_t audience() const;
  /// Whether frames to it go over a link whose airtime counts.
  [[nodiscard]] bool is_metered(const NodeId& peer) const {
    const auto path = sessions_.path(peer);
    const auto link = path ? links_.find(path->link) : links_.end();
    return link != links_.end() && link->second.metered != nullptr;
  }
  /// Where frames for it go; nothing without a session.
  [[nodiscard]] std::optional<LinkPath> path(const NodeId& peer) const {
    return sessions_.path(peer);
  }
  /// Of one hop to this neighbour, in 1/256 of a transmission; nothing unless it is up.
  [[nodiscard]] std::optional<std::uint16_t> cost(const NodeId& peer) const {
    const auto found = neighbours_.find(peer);
    if (found == neighbours_.end() || !found->second.up) return std::nullopt;
    return found->second.cost;
  }
  /// The largest packet that goes to this neighbour in one frame; nothing unless it is up.
  [[nodiscard]] std::size_t one_frame_bytes(const NodeId& peer) const {
    const auto found = neighbours_.find(peer);
    if (found == neighbours_.end() || !found->second.up) return 0;
    return found->second.hop.quality().whole_packet_bytes;
  }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const discovery::Neighbourhood::Counters& discovery_counters() const {
    return neighbourhood_.counters();
  }
  [[nodiscard]] const Broadcasts::Counters& broadcast_counters() const {
    return broadcasts_.counters();
  }
  [[nodiscard]] const security::SessionTable::Counters& session_counters() const {
    return sessions_.counters();
  }

 private:
  struct Link {
    std::size_t datagram_bytes_max = 0;
    bool broadcasts = true;  ///< whether anything may be said to everybody on it
    radio::LinkProfile profile{};
    std::unique_ptr<MeteredLink> metered{};    ///< nothing: what is to be sent is sent at once
    std::optional<NodeId> served{};            ///< the hop that had the last turn
    std::optional<radio::ControlPace> pace{};  ///< nothing on a metered link: it has its gate
    std::optional<NodeId> told{};              ///< whose control messages had the last turn
    std::size_t stations = 1;                  ///< that hear each other, when last counted
  };
  struct Neighbour {
    radio::HopLink hop;
    ControlQueue control;
    bool up = false;
    std::uint16_t cost = 0;
    TimePoint silent_since;
    TimePoint hopeful_until;           ///< it has just been made or woken, and may come up
    std::optional<TimePoint> woken{};  ///< after it had become silent
    bool doubted = false;              ///< it does not answer, and is relied on no more
    std::optional<TimePoint> broadcast_heard{};
    std::optional<TimePoint> renew_at{};  ///< to be told as renewed
    std::optional<TimePoint> renewed{};
    std::optional<TimePoint> due{};  ///< as in hops_due_
  };

  void settle(TimePoint now);
  bool settle_discovery(TimePoint now);
  bool settle_sessions(TimePoint now);
  bool settle_broadcasts(TimePoint now);
  bool settle_hops(TimePoint now);
  bool settle_hop(TimePoint now, const NodeId& peer, Neighbour& neighbour);
  void handle(TimePoint now, const NodeId& peer, Neighbour& neighbour,
              radio::HopLink::Output output);
  [[nodiscard]] MeteredLink* metered(const NodeId& peer);
  bool settle_metered(TimePoint now);
  bool serve(TimePoint now, LinkId id, Link& link);
  struct Turn {
    std::optional<NodeId> hop;  ///< nothing: what waits at the link itself
    Precedence precedence;
  };
  [[nodiscard]] std::optional<Turn> next_turn(LinkId id, const Link& link);
  void put_on_link(TimePoint now, SendFrame frame, Precedence precedence);
  void forget(std::map<NodeId, Neighbour>::iterator neighbour);
  void heard(TimePoint now, const discovery::Neighbourhood::Heard& beacon);
  [[nodiscard]] bool chooses(LinkId link) const;
  void heard_in_crowd(TimePoint now, const discovery::Neighbourhood::Heard& beacon);
  [[nodiscard]] NeighbourChoice::Have have(TimePoint now) const;
  void choose(TimePoint now);
  void begin(TimePoint now, const NodeId& node, const LinkPath& path);
  void rest_silent(TimePoint now);
  void greet(TimePoint now, const NodeId& node, const LinkPath& path);
  void greet_candidates(TimePoint now);
  [[nodiscard]] bool may_greet(TimePoint now, const NodeId& node, LinkId link) const;
  void established(TimePoint now, const security::SessionTable::Established& session);
  void set_up(TimePoint now, const NodeId& peer, Neighbour& neighbour, bool up);
  void never_came_up(TimePoint now, const NodeId& peer);
  void deliver(TimePoint now, const NodeId& peer, Bytes packet, Duration transit);
  void receive_broadcast(TimePoint now, BytesView datagram);
  void say_hello(TimePoint now);
  void hear_hello(TimePoint now, Neighbour& from, BytesView names);
  using Entry = std::pair<const NodeId, Neighbour>;
  void submit(TimePoint now, Entry& entry, HopChannel channel, BytesView content,
              Precedence precedence, radio::Reliability reliability,
              std::optional<TimePoint> expires);
  void submit_control(TimePoint now, Entry& entry, HopChannel channel, BytesView content,
                      Precedence precedence, std::optional<TimePoint> expires);
  [[nodiscard]] bool settle_control(TimePoint now);
  [[nodiscard]] std::optional<NodeId> next_control(LinkId id, const Link& link) const;
  void hand_over_control(TimePoint now, Entry& entry);
  [[nodiscard]] radio::ControlPace* pace(const NodeId& peer);
  void renew_later(TimePoint now, Neighbour& neighbour);
  void tell_renewed(TimePoint now);
  void transmit(TimePoint now, const NodeId& peer, const radio::HopLink::Transmit& frame);
  void watch_costs(TimePoint now);
  [[nodiscard]] std::uint16_t current_cost(const NodeId& peer, const Neighbour& neighbour) const;
  void watch_doubt(const NodeId& peer, Neighbour& neighbour);
  void watch_silence(const NodeId& peer, const Neighbour& neighbour);
  [[nodiscard]] double link_weight(const NodeId& peer) const;
  [[nodiscard]] std::size_t frame_bytes_max(LinkId link) const;

  Limits limits_;
  SeededRandom random_;
  NodeId self_;
  security::BeaconSealer sealer_;
  security::SessionTable sessions_;
  discovery::Neighbourhood neighbourhood_;
  NeighbourChoice choice_;
  Broadcasts broadcasts_;
  std::map<LinkId, Link> links_;
  const mesh::NextHops* routes_ = nullptr;
  std::map<NodeId, LinkPath> candidates_;  ///< heard on metered links
  std::optional<TimePoint> turn_due_;      ///< when a metered link may take what waits for it
  std::set<NodeId> control_waits_;         ///< for these
  std::optional<TimePoint> control_due_;   ///< when a pace lets the next of it go
  DatagramPieces pieces_;
  std::uint16_t cut_ = 0;  ///< datagrams cut into pieces
  std::map<NodeId, Neighbour> neighbours_;
  /// Neighbours whose hop link was told something: only these may have something to say, and
  /// another deadline. With many neighbours nearly all are quiet at any moment.
  std::set<NodeId> touched_;
  std::set<std::pair<TimePoint, NodeId>> hops_due_;
  std::set<NodeId> silent_;
  bool fell_silent_ = false;
  std::optional<TimePoint> renewal_due_;           ///< or earlier
  std::map<NodeId, std::uint32_t> heard_boots_;    ///< in the newest beacon
  std::map<NodeId, std::uint32_t> session_boots_;  ///< when the session was made
  TimePoint costs_due_{};
  std::optional<TimePoint> hello_due_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::node
