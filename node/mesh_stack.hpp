// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "core/mesh/delivery.hpp"
#include "core/mesh/forwarder.hpp"
#include "core/mesh/router.hpp"
#include "node/metered_mesh.hpp"
#include "node/neighbours.hpp"
#include "node/report.hpp"
#include "security/end_to_end.hpp"

namespace muster::node {

/// From this node to any other over any number of hops: routing and forwarding over the
/// neighbours, and between the two ends sealing and acknowledged delivery.
///
/// A pure state machine; what makes no sense is counted and dropped.
class MeshStack {
 public:
  using MessageNumber = mesh::MessageNumber;

  /// A message of another node, whole, sealed on its way and delivered once.
  struct MessageArrived {
    NodeId from;
    Bytes message;
  };
  /// Media of another node: sealed, but neither acknowledged nor in order.
  struct MediaArrived {
    NodeId from;
    Bytes packet;
  };
  struct GaveUp {
    NodeId to;
    MessageNumber number;
  };
  /// The other node has the message.
  struct Acknowledged {
    MessageNumber number;
  };
  /// A directory message of a neighbour.
  struct DirectoryArrived {
    NodeId from;
    Bytes message;
  };
  /// A message about records at some nodes only, from any node.
  struct PlacedArrived {
    NodeId from;
    Bytes message;
  };
  /// Of any node: how the mesh looks from there, or a question about it.
  struct TraceArrived {
    NodeId from;
    Bytes message;
  };
  struct NeighbourChanged {
    NodeId peer;
    bool up;
  };
  struct RouteChanged {
    NodeId destination;
    bool reachable;
  };
  using Output = std::variant<Neighbours::SendFrame, MessageArrived, MediaArrived, GaveUp,
                              Acknowledged, DirectoryArrived, PlacedArrived, TraceArrived,
                              NeighbourChanged, RouteChanged, Neighbours::OwnNameHeard>;

  struct Counters {
    std::uint64_t unsealable = 0;    ///< no prekey of the destination is known yet
    std::uint64_t unpackable = 0;    ///< packed by a dictionary that is not known, or damaged
    std::uint64_t unopenable = 0;    ///< sealed to somebody else, damaged or replayed
    std::uint64_t wrong_source = 0;  ///< the packet's source is not who sealed it
    std::uint64_t unknown_content = 0;
  };

  struct Identity {
    security::LocalNode local;
    security::Key32 ed25519_private;
    security::OwnPrekey prekey;
  };

  /// `peer_keys`, `verifier` and `remembered` (may be nullptr) outlive this.
  MeshStack(const Identity& identity, security::PeerVerifier& verifier,
            const security::PeerKeys& peer_keys, ports::Random& random, std::uint64_t seed,
            const Neighbours::Limits& limits, ports::StateStore* remembered);

  /// The way in from links.
  [[nodiscard]] Neighbours& neighbours() { return neighbours_; }
  [[nodiscard]] const Neighbours& neighbours() const { return neighbours_; }
  [[nodiscard]] const mesh::Router& router() const { return router_; }
  /// The way in from links that are too narrow for neighbours; settle() after using it.
  [[nodiscard]] MeteredMesh& metered() { return metered_; }
  [[nodiscard]] const MeteredMesh& metered() const { return metered_; }
  /// To whom something can be sent: by the router's tables, or over a narrow channel to any node of
  /// the roster that has not turned out to be out of reach.
  [[nodiscard]] const mesh::NextHops& next_hops() const { return next_hops_; }

  /// Of a roster that all nodes have: it gets a short name.
  void add_name(const NodeId& node) {
    roster_.add(node);
    router_.set_names(&roster_.names());
  }
  /// `answer_within`: how long an answer takes on the slowest link. `everywhere`: there is none but
  /// such; `datagram_bytes_max` is then theirs.
  void set_pace(Duration answer_within, bool everywhere, std::size_t datagram_bytes_max);
  MessageNumber submit(TimePoint now, const NodeId& to, BytesView message, Precedence precedence,
                       Duration give_up_after);
  /// Sealed, repeated by each hop, but not acknowledged by the other end: whoever sends it expects
  /// an answer. It comes as MessageArrived.
  void send_brief(TimePoint now, const NodeId& to, BytesView message, Precedence precedence,
                  Duration life);
  void send_media(TimePoint now, const NodeId& to, BytesView packet, TimePoint expires);
  /// The same to several: one broadcast where that is worth it, which may be lost on the way.
  void send_directory(TimePoint now, const std::vector<NodeId>& neighbours, BytesView message,
                      Precedence precedence);
  /// To any node; may be lost. `look_up`: part of one, for those who count.
  void send_placed(TimePoint now, const NodeId& to, BytesView message, Precedence precedence,
                   bool look_up);
  /// To any node; may be lost.
  void send_trace(TimePoint now, const NodeId& to, BytesView message);
  void advance(TimePoint now);
  /// Sessions are made when packets want them: routes lead to neighbours and theirs, no farther.
  void set_sessions_on_demand(bool on_demand);
  /// When a packet last went over that neighbour or came from it; nothing before the first.
  [[nodiscard]] std::optional<TimePoint> packet_at(const NodeId& neighbour) const {
    const auto found = packets_at_.find(neighbour);
    return found == packets_at_.end() ? std::nullopt : std::optional(found->second);
  }
  /// After anything was done to neighbours() directly.
  void settle(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  void count(std::vector<StatusReport::Counter>& into) const;

 private:
  /// All ways out of this node.
  class AllHops final : public mesh::NextHops {
   public:
    AllHops(const mesh::Router& router, const MeteredMesh& metered)
        : router_(router), metered_(metered) {}
    [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override {
      if (const auto hop = router_.next_hop(destination)) return hop;
      if (!metered_.may_reach(destination)) return std::nullopt;
      const auto way = metered_.mesh().ways().best(metered_.now(), destination);
      return way ? way->over : destination;
    }

   private:
    const mesh::Router& router_;
    const MeteredMesh& metered_;
  };

  /// Around neighbours that have not answered lately, where there is a way.
  class UsableHops final : public mesh::NextHops {
   public:
    UsableHops(const mesh::Router& router, const Neighbours& neighbours)
        : router_(router), neighbours_(neighbours) {}
    [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override {
      const auto usable = [&](const NodeId& hop) { return !neighbours_.silent().contains(hop); };
      const auto hop = router_.usable_hop(destination, usable);
      return hop ? hop : router_.next_hop(destination);
    }

   private:
    const mesh::Router& router_;
    const Neighbours& neighbours_;
  };

  bool settle_neighbours(TimePoint now);
  bool settle_metered(TimePoint now);
  [[nodiscard]] bool only_by_channel(const NodeId& to) const {
    return !router_.next_hop(to) && metered_.may_reach(to);
  }
  bool settle_router(TimePoint now);
  bool settle_forwarder(TimePoint now);
  bool settle_ends(TimePoint now);
  bool reroute(TimePoint now);
  void message_arrived(const NodeId& from, Bytes message);
  void set_router_limits();
  void send_route_message(TimePoint now, const mesh::Router::Send& send);
  void hop_arrived(TimePoint now, Neighbours::Arrived arrived);
  void route_changed(TimePoint now, const mesh::Router::RouteChanged& change);
  void send_sealed(TimePoint now, const NodeId& to, BytesView plaintext, Precedence precedence,
                   Duration remaining, bool retry);
  void submit_packet(TimePoint now, const NodeId& to, Bytes sealed, Precedence precedence,
                     Duration remaining, bool retry);
  void open(TimePoint now, const NodeId& source, BytesView sealed);

  NodeId self_;
  Neighbours neighbours_;
  mesh::Roster roster_;
  mesh::Router router_;
  MeteredMesh metered_;
  AllHops next_hops_;
  UsableHops usable_hops_;
  Duration answer_within_{};      ///< on the slowest link
  bool slow_everywhere_ = false;  ///< there is no link but slow ones
  std::size_t slow_datagram_bytes_max_ = 0;
  bool on_demand_ = false;
  bool reroute_ = false;  ///< a neighbour has fallen silent, or there is another way around one
  std::map<NodeId, TimePoint> packets_at_;  ///< of neighbours, where sessions are on demand
  mesh::Forwarder forwarder_;
  mesh::Delivery delivery_;
  const security::PeerKeys& peer_keys_;
  security::EndToEnd ends_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::node
