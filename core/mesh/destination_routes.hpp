// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/mesh/route_message.hpp"

namespace muster::mesh {

/// What the neighbours say about one destination, which of them is the next hop, and the
/// feasibility distance that keeps the choices of all nodes free of loops (RFC 8966, 3.5).
///
/// Why it is loop-free: a node's feasibility distance is at least as good as anything it has ever
/// told, and a neighbour becomes next hop only while something it told is strictly better than our
/// own feasibility distance. So the distance gets strictly better from hop to hop, and a path
/// that came back to its start would have to be better than itself.
///
/// One difference to the RFC: it compares with what the neighbour told *last*; this class
/// compares with the *best* it told since it last retracted, which the proof allows as well. So a
/// path that merely gets worse stays in use while it is the only one (RFC 8966, 3.5.3 lets such
/// updates be ignored to the same end).
class DestinationRoutes {
 public:
  /// `change_time`: half of a change of metric counts after this long (RFC 8966, A.3).
  explicit DestinationRoutes(Duration change_time) : change_time_(change_time) {}

  /// A neighbour's update. False, and nothing changes, if its `number` is older than the last.
  bool hear(TimePoint now, const NodeId& neighbour, Cost cost, const RouteDistance& said,
            std::uint32_t number, TimePoint expires);
  /// True if something depended on it.
  bool set_cost(TimePoint now, const NodeId& neighbour, Cost cost);
  bool forget(const NodeId& neighbour);
  /// The neighbour says that what it told last still holds.
  void confirm(const NodeId& neighbour, TimePoint expires);
  struct Expired {
    bool changed = false;
    std::vector<NodeId> neighbours;  ///< whose routes were forgotten
  };
  /// Forgets what was not renewed in time, the feasibility distance as well.
  Expired expire(TimePoint now);

  struct Choice {
    bool next_hop_changed = false;
    bool better_one_waits = false;  ///< nearer now, not yet for long: choose again in a while
  };
  /// Chooses the next hop again.
  Choice choose(TimePoint now);

  [[nodiscard]] const std::optional<NodeId>& next_hop() const { return next_hop_; }
  /// By the next hop, the last hop's cost included; infinite without one.
  [[nodiscard]] RouteDistance distance() const;
  /// What was told last.
  [[nodiscard]] const std::optional<RouteDistance>& told() const { return told_; }
  [[nodiscard]] const std::optional<RouteDistance>& feasibility_distance() const {
    return feasibility_;
  }
  /// The distance to tell neighbours now. Every telling must come from here: it is what makes the
  /// feasibility distance as good as anything told.
  /// `withheld`: neighbours are told that there is no way here.
  RouteDistance tell(TimePoint feasibility_expires, bool withheld = false);
  /// What was told last is told again, or said to hold.
  void tell_again(TimePoint feasibility_expires);

  /// What a newer version would bring: a route at all, or one so much nearer than ours that it is
  /// worth a request (RFC 8966, 3.8.2.1 and 3.8.2.2).
  enum class Need : std::uint8_t { nothing, nearer_route, any_route };
  [[nodiscard]] Need need() const;
  /// Nothing is heard and nothing need be remembered.
  [[nodiscard]] bool empty() const { return heard_.empty() && !feasibility_; }
  /// The neighbours with a route, whether feasible or not, nearest first; `except` left out.
  [[nodiscard]] std::vector<NodeId> neighbours_with_route(
      std::size_t count_max, const std::optional<NodeId>& except) const;
  /// The neighbours whose route ends by then unless it is renewed.
  [[nodiscard]] std::vector<NodeId> expiring(TimePoint by) const;
  /// The nearest that could be next hop now, of those that `usable` lets pass.
  [[nodiscard]] std::optional<NodeId> nearest_feasible(
      const std::function<bool(const NodeId&)>& usable) const;
  /// How many neighbours could be next hop now.
  [[nodiscard]] std::size_t feasible_count() const;

 private:
  struct Heard {
    RouteDistance last;
    RouteDistance best;  ///< since the last retraction
    Cost cost = 0;
    std::uint32_t number = 0;
    double smoothed = 0;
    TimePoint smoothed_at;
    TimePoint expires;
    [[nodiscard]] Cost metric() const { return add(last.metric, cost); }
  };
  void smooth(TimePoint now, Heard& heard) const;
  [[nodiscard]] bool feasible(const Heard& heard) const;

  Duration change_time_;
  /// Looked through far more often than added to.
  boost::container::flat_map<NodeId, Heard> heard_;
  std::optional<NodeId> next_hop_;
  std::optional<RouteDistance> feasibility_;
  TimePoint feasibility_expires_;
  std::optional<RouteDistance> told_;
};

}  // namespace muster::mesh
