// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/mesh/next_hops.hpp"

namespace muster::node {

/// With which of all those heard on links that many share this node begins sessions.
///
/// A session costs both its ends: questions whether the other is there, keys, routes, records. Were
/// everybody in a crowd to have one with everybody, each node's work would grow with the crowd and
/// the channel's with its square. A few sessions each join all of them as well, if they are chosen
/// by lot (a graph in which every node has chosen two or three others at random is connected but
/// for a vanishing chance). What the lot may leave out, routes show: whoever is heard and cannot be
/// reached, or only by a detour, gets a session after all. So the sessions join whatever can be
/// joined, and the way over them is never much longer than the straight one.
///
/// A pure state machine.
class NeighbourChoice {
 public:
  struct Limits {
    std::size_t wanted = 4;             ///< sessions with good neighbours that this node sees to
    std::size_t detours_until = 8;      ///< with so many a detour is put up with
    std::size_t most = 40;              ///< begun for whatever reason
    std::size_t under_way_max = 2;      ///< handshakes at a time, for want of neighbours
    std::size_t candidates_max = 2048;  ///< 130 octets each
    /// From the first word of somebody until one is chosen: the others are speaking too.
    Duration gather_min = std::chrono::milliseconds{30};
    Duration gather_max = std::chrono::milliseconds{130};
    /// How long somebody has been heard until a route to it is missed; up to as much again by lot.
    Duration missed_after = std::chrono::milliseconds{1500};
    /// Between sessions that are begun for want of a route; doubles while there is such want.
    Duration spacing_min = std::chrono::milliseconds{250};
    Duration spacing_max = std::chrono::seconds{8};
    /// A route is a detour from so many times the cost of our cheapest hop.
    unsigned detour_hops = 4;
    /// Who has been silent for so long, and three times as long as between its last two words, is
    /// no candidate.
    Duration heard_for = std::chrono::seconds{20};
  };
  /// What this node has.
  struct Have {
    std::size_t good = 0;       ///< neighbours over hops worth having, or about to be
    std::size_t all = 0;        ///< neighbours up, or about to be
    std::size_t under_way = 0;  ///< handshakes begun here
    mesh::Cost cheapest_hop = mesh::cost_perfect;
  };

  NeighbourChoice(Limits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  /// Somebody without a hop that works says that it is there.
  void heard(TimePoint now, const NodeId& node, const LinkPath& path);
  /// There is a hop to it, or no longer a link.
  void forget(const NodeId& node);
  void link_down(LinkId link);
  /// With whom a session is to be begun now, if with anybody: it is no candidate then until it is
  /// heard again. `routes` may be nullptr: there are none.
  [[nodiscard]] std::optional<std::pair<NodeId, LinkPath>> next(TimePoint now, const Have& have,
                                                                const mesh::NextHops* routes);
  /// When next() may have something again, unless anything changes meanwhile.
  [[nodiscard]] std::optional<TimePoint> deadline() const { return due_; }
  [[nodiscard]] std::size_t size() const { return candidates_.size(); }

 private:
  struct Candidate {
    LinkPath path;
    TimePoint last;
    Duration gap{};    ///< between the last two
    TimePoint ready;   ///< to be chosen by lot
    TimePoint missed;  ///< to be missed among the routes
    unsigned times = 0;
  };
  using Candidates = std::map<NodeId, Candidate>;

  [[nodiscard]] Candidates::iterator by_lot(TimePoint now);
  [[nodiscard]] Candidates::iterator missing(TimePoint now, const Have& have,
                                             const mesh::NextHops* routes);
  [[nodiscard]] bool is_missing(const NodeId& node, const Have& have,
                                const mesh::NextHops* routes) const;
  [[nodiscard]] Duration by_chance(Duration from, Duration to);

  Limits limits_;
  SeededRandom random_;
  Candidates candidates_;
  std::set<NodeId> heard_now_;  ///< since next() last had nothing to say
  std::optional<TimePoint> due_;
  std::optional<TimePoint> missed_at_;  ///< when somebody was last chosen because of routes
  Duration spacing_{};
};

}  // namespace muster::node
