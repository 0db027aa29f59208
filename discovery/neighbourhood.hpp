// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "discovery/beacon.hpp"

namespace muster::discovery {

/// Says on every link that this node is there, and tells which others are.
///
/// A pure state machine; beacons go in and out as plaintext and are sealed by whoever drives it.
/// Their pace is trickle's idea (RFC 6206) without its suppression, since here everybody has
/// something to say: quick while the neighbourhood changes, slow once it does not.
class Neighbourhood {
 public:
  struct Limits {
    std::size_t nodes_max = 2048;  ///< some 200 octets each
    std::size_t paths_per_node_max = 4;
    std::size_t links_max = 32;
    std::size_t static_peers_max = 64;
    std::size_t candidates_max = 128;   ///< some 100 octets each
    unsigned candidate_tries_max = 12;  ///< over some 35 s
    Duration interval_max = std::chrono::seconds{5};
    /// With more on a link all beacons are further apart, so that together they stay as many.
    std::size_t crowd_min = 32;
    std::size_t crowd_answers = 8;  ///< so many of a crowd speak up when somebody is new
    Duration static_interval_min = std::chrono::milliseconds{200};
    Duration static_interval_max = std::chrono::seconds{10};
    Duration answer_spacing = std::chrono::milliseconds{200};  ///< to one node
    Duration forget_after = std::chrono::seconds{60};          ///< silence, without a session
  };

  struct SendBeacon {
    LinkId link;
    std::optional<LinkAddress> to;  ///< nothing: to everybody on the link
    Bytes plaintext;
  };
  /// A node that is not connected, or is but on a new path or since a new boot.
  struct Heard {
    NodeId node;
    std::uint32_t boot = 0;
    LinkPath path;
  };
  /// Another machine says that it is this node, in this start of it or a later one: a copy of its
  /// disk or kit is in use, or a member of the overlay lies. Told once for each of its starts.
  struct OwnNameHeard {
    std::uint32_t boot = 0;
    LinkPath path;
  };
  using Output = std::variant<SendBeacon, Heard, OwnNameHeard>;

  struct Counters {
    std::uint64_t heard = 0;
    std::uint64_t malformed = 0;
    std::uint64_t own = 0;       ///< of an earlier start of ours: a replay
    std::uint64_t clones = 0;    ///< of this node, from another machine
    std::uint64_t old_boot = 0;  ///< of an earlier life of a connected node: a replay
    std::uint64_t table_full = 0;
    std::uint64_t refused = 0;  ///< links, static peers or candidates beyond the limits
  };

  /// `seed` feeds the jitter.
  Neighbourhood(Beacon self, Limits limits, std::uint64_t seed);

  /// `broadcast` false: nobody hears what is said to everybody; only static peers and candidates
  /// are told. `airtime`: of one beacon, on a link that is to be spared: all beacons there together
  /// then take no more than a hundredth of its time once the neighbourhood is known.
  void link_up(TimePoint now, LinkId link, bool broadcast = true, Duration airtime = {});
  void link_down(TimePoint now, LinkId link);
  void add_static_peer(TimePoint now, LinkId link, LinkAddress address);
  /// Somebody may be there (a service seen, an address remembered): as a static peer, but forgotten
  /// after `candidate_tries_max` beacons in vain. Harmless if known.
  void add_candidate(TimePoint now, LinkPath path);
  /// There is no more reason to think so. A session with whoever is there stays.
  void remove_candidate(TimePoint now, const LinkPath& path);
  /// Of somebody else: beacons of ours that come back are not for this.
  void receive(TimePoint now, const LinkPath& from, BytesView opened_beacon);
  /// There is a session with that node, or no longer.
  void connected(TimePoint now, const NodeId& node);
  void lost(TimePoint now, const NodeId& node);
  void advance(TimePoint now);

  /// How many were heard there lately, or have a session; this node is one of them.
  [[nodiscard]] std::size_t stations_on(LinkId link) const;
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Link {
    bool broadcast = true;
    unsigned step = 0;  ///< how many beacons since the neighbourhood last changed
    TimePoint next{};
    Duration airtime{};
  };
  /// An address that is told by name that we are here, until there is a session with whoever is
  /// there.
  struct ToldPeer {
    LinkPath path;
    bool candidate = false;      ///< forgotten after some tries
    std::optional<NodeId> node;  ///< who was heard from there
    unsigned tries = 0;          ///< since it was last heard of
    Duration interval{};
    TimePoint next{};
  };
  struct Node {
    std::uint32_t boot = 0;
    bool heard = false;  ///< false: known by its session only
    bool connected = false;
    std::vector<LinkPath> paths;
    TimePoint heard_at{};
    std::optional<TimePoint> answered_at;
  };
  using Nodes = std::map<NodeId, Node>;

  void note_time(TimePoint now);
  [[nodiscard]] Duration jittered(Duration interval);
  [[nodiscard]] Duration interval_after(LinkId id, const Link& link) const;
  [[nodiscard]] Duration forget_after() const;
  void quicken(LinkId link);
  void own_name_heard(const LinkPath& from, std::uint32_t boot);
  void add_told_peer(LinkPath path, bool candidate, std::size_t max);
  void restart(ToldPeer& peer);
  [[nodiscard]] bool waits(const ToldPeer& peer) const;
  void tell_peers();
  [[nodiscard]] Node* remember(const NodeId& id);
  void note_told_peer(const LinkPath& from, const NodeId& id);
  void answer(Node& node, const LinkPath& to);
  void say(LinkId link, std::optional<LinkAddress> to, bool answer_wanted);
  void forget_silent();
  void forget_later(const Node& node);
  [[nodiscard]] static bool note_path(Node& node, const LinkPath& path, std::size_t paths_max);

  Beacon self_;
  Limits limits_;
  SeededRandom random_;
  TimePoint now_{};
  std::map<LinkId, Link> links_;
  std::vector<ToldPeer> told_peers_;
  Nodes nodes_;
  std::optional<TimePoint> forget_at_;       ///< or later: when a silent node is to be forgotten
  std::optional<std::uint32_t> clone_boot_;  ///< the latest start told of
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::discovery
