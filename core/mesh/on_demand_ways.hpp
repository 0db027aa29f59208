// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/mesh/on_demand_frame.hpp"

namespace muster::mesh {

/// What a node has learned of the ways to others from all that it hears on a narrow channel: which
/// neighbours it hears how well, and over which of them what came from whom at which cost.
///
/// A way to X over a neighbour is as long as the path that something of X has taken to that
/// neighbour; so going towards X the cost falls with each hop, and ways lead in no circle unless
/// the world has changed since.
class OnDemandWays {
 public:
  struct Limits {
    std::size_t neighbours_max = 256;     ///< 80 octets each
    std::size_t destinations_max = 4096;  ///< 150 octets each
    std::size_t ways_max = 4;             ///< to one destination
    Duration way_life = std::chrono::hours{3};
    Duration neighbour_life = std::chrono::hours{3};
  };
  struct Way {
    NodeId over;
    WayCost cost = 0;  ///< from here
  };
  struct Neighbour {
    NodeId node;
    double heard_ratio = 0;     ///< of its frames
    double delivery_ratio = 0;  ///< of ours to it, as far as it showed
    TimePoint heard_at{};
  };

  explicit OnDemandWays(Limits limits) : limits_(limits) {}

  /// A frame of that neighbour came, `missed` before it did not.
  void heard(TimePoint now, const NodeId& neighbour, std::uint32_t missed);
  /// What was sent to that neighbour was shown to have arrived, or not.
  void sent(const NodeId& neighbour, bool arrived);
  /// The neighbour has a way to `destination` at that cost. True if there was no way before.
  bool learn(TimePoint now, const NodeId& destination, const NodeId& over, WayCost cost);
  /// The neighbour has none (any more).
  void forget(const NodeId& destination, const NodeId& over);
  /// It does not answer: no way leads over it before it is heard again.
  void lost(const NodeId& neighbour);

  /// The cheapest over a neighbour not in `without`.
  [[nodiscard]] std::optional<Way> best(TimePoint now, const NodeId& destination,
                                        const std::set<NodeId>& without = {}) const;
  /// Of a hop to it; way_cost_max if it was never heard.
  [[nodiscard]] WayCost cost_to(const NodeId& neighbour) const;
  [[nodiscard]] std::vector<Neighbour> neighbours(TimePoint now) const;
  [[nodiscard]] std::vector<NodeId> destinations() const;

 private:
  struct Hop {
    double heard = 0;    ///< share of its frames, smoothed
    double arrived = 0;  ///< share of ours
    unsigned tries = 0;  ///< that `arrived` rests on, up to some
    TimePoint heard_at{};
  };
  struct Told {
    NodeId over;
    WayCost cost = 0;  ///< from `over`
    TimePoint at{};
  };

  Limits limits_;
  std::map<NodeId, Hop> hops_;
  std::map<NodeId, std::vector<Told>> ways_;
};

[[nodiscard]] constexpr WayCost sum_of(WayCost a, WayCost b) {
  const unsigned sum = unsigned{a} + unsigned{b};
  return static_cast<WayCost>(sum > way_cost_max ? way_cost_max : sum);
}

}  // namespace muster::mesh
