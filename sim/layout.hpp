// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/scenario.hpp"

namespace muster::sim {

/// A rectangle somewhere on the ground.
struct Ground {
  Position low;
  Area size;
};

/// Distance at which half of the frames arrive over a median path: the scenario's or the profile's.
[[nodiscard]] double range_of(const MediumSpec& medium);

/// Where every host of a geometric medium is at the start: where the scenario puts it, at the
/// beginning of its route, or where the layout puts it:
/// chain   in a row, `spacing` apart (0.7 of the range where it is not given)
/// grid    as square as it gets, filled row by row, `spacing` apart
/// mesh    within a quarter of the range of each other
/// random  anywhere in the area; so are hosts that move at random where no layout is given
/// clusters  anywhere on the ground of their cluster
[[nodiscard]] std::vector<Position> starting_positions(const Scenario& scenario,
                                                       std::uint64_t seed);

/// Hosts in order, shared out evenly: the first of `clusters` equal parts is cluster 0, and so on.
[[nodiscard]] std::uint32_t cluster_of(const Scenario& scenario, HostIndex host);
/// What `groups = "clusters"` means.
[[nodiscard]] std::vector<std::vector<HostIndex>> cluster_groups(const Scenario& scenario);

/// Where this host may go: the ground of its cluster (the area cut into equal rectangles, one for
/// each cluster, row by row), else the whole area, else what the layout covers.
[[nodiscard]] Ground ground_of(const Scenario& scenario, const std::vector<Position>& starts,
                               HostIndex host);

}  // namespace muster::sim
