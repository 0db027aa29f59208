// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/mesh/on_demand_mesh.hpp"
#include "core/mesh/roster.hpp"
#include "node/frame_use.hpp"
#include "node/report.hpp"
#include "radio/airtime_gate.hpp"
#include "radio/link_profile.hpp"
#include "security/channel_seal.hpp"
#include "security/session_table.hpp"
#include "security/static_seal.hpp"

namespace muster::node {

/// From this node to any other of the kit over the links that are too narrow for sessions, tables
/// and records: what is heard there, by whomever it is said, teaches the ways; frames are sealed
/// for all members, packets by the keys of both ends' certificates. Several such links are one
/// channel.
///
/// A pure state machine; what makes no sense is counted and dropped.
class MeteredMesh {
 public:
  struct Limits {
    mesh::OnDemandMesh::Limits mesh{};
    radio::AirtimeGate::Limits gate{};
    /// Share of the channel that announcements of all nodes of the roster may take together, once
    /// all have been heard.
    double announce_share = 0.005;
    std::size_t assemblies_max = 32;  ///< packets of which parts have come; 4 kB each
    Duration assembly_life = std::chrono::minutes{10};
  };
  struct SendFrame {
    LinkId link;
    Bytes datagram;
    FrameUse use{};
  };
  /// Sealed by the keys of both certificates.
  struct BriefArrived {
    NodeId from;
    Bytes message;
  };
  /// Sealed as on other links.
  struct PacketArrived {
    NodeId source;
    Bytes payload;
  };
  using Reachable = mesh::OnDemandMesh::Reachable;
  using Output = std::variant<SendFrame, BriefArrived, PacketArrived, Reachable>;

  /// `roster` and `keys` outlive this; the roster is complete before the first link.
  MeteredMesh(const security::LocalNode& local, const security::Key32& ed25519_private,
              const mesh::Roster& roster, const security::PeerKeys& keys, std::uint64_t seed)
      : MeteredMesh(local, ed25519_private, roster, keys, seed, Limits{}) {}
  MeteredMesh(const security::LocalNode& local, const security::Key32& ed25519_private,
              const mesh::Roster& roster, const security::PeerKeys& keys, std::uint64_t seed,
              const Limits& limits);

  void link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
               const radio::LinkProfile& profile);
  void link_down(LinkId link) { links_.erase(link); }
  [[nodiscard]] bool has(LinkId link) const { return links_.contains(link); }
  void receive(TimePoint now, LinkId link, BytesView datagram);
  /// What is on the air there and not for us.
  void overheard(TimePoint now, LinkId link, std::size_t datagram_bytes);

  /// Acknowledged from hop to hop, not by the other end. False if it cannot be sealed or is too
  /// long.
  bool send_brief(TimePoint now, const NodeId& to, BytesView message, Precedence precedence);
  bool send_packet(TimePoint now, const NodeId& to, BytesView sealed, Precedence precedence);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// A node of the roster that is not known to be out of reach.
  [[nodiscard]] bool may_reach(const NodeId& node) const;
  [[nodiscard]] const mesh::OnDemandMesh& mesh() const { return mesh_; }
  /// Over which links all of this is said; the first of them.
  [[nodiscard]] std::optional<LinkId> link() const {
    return links_.empty() ? std::nullopt : std::optional{links_.begin()->first};
  }
  [[nodiscard]] TimePoint now() const { return now_; }
  void count(std::vector<StatusReport::Counter>& into) const;

 private:
  struct Link {
    std::size_t datagram_bytes_max = 0;
    radio::AirtimeGate gate;
  };
  using AssemblyKey = std::pair<NodeId, mesh::PacketNumber>;
  struct Assembly {
    TimePoint since;
    std::vector<Bytes> parts;  ///< empty: not here yet
  };

  void settle(TimePoint now);
  bool settle_mesh(TimePoint now);
  bool serve(TimePoint now);
  void announce(TimePoint now);
  void announced(const mesh::OnDemandMesh::Announced& said);
  void arrived(TimePoint now, mesh::OnDemandMesh::Deliver delivered);
  [[nodiscard]] std::optional<Bytes> assemble(TimePoint now,
                                              mesh::OnDemandMesh::Deliver& delivered);
  bool send(TimePoint now, const NodeId& to, const BootNumber& number, BytesView payload,
            Precedence precedence, bool brief);
  [[nodiscard]] std::size_t part_bytes() const;
  [[nodiscard]] Duration announcement_round() const;
  [[nodiscard]] std::optional<TimePoint> opens_at(Precedence precedence) const;

  NodeId self_;
  security::Secret32 signing_key_;
  const mesh::Roster& roster_;
  const security::PeerKeys& keys_;
  Limits limits_;
  SeededRandom random_;
  security::ChannelSeal channel_;
  security::StaticSeal ends_;
  mesh::OnDemandMesh mesh_;
  BootNumber next_packet_;
  std::map<LinkId, Link> links_;
  std::optional<TimePoint> announce_at_;
  unsigned announced_ = 0;  ///< times
  std::map<AssemblyKey, Assembly> assemblies_;
  TimePoint now_{};
  std::deque<Output> outputs_;
  std::uint64_t too_long_ = 0;
  std::uint64_t false_announcements_ = 0;
  std::uint64_t parts_dropped_ = 0;
};

}  // namespace muster::node
