// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "core/base/result.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// What one host's frames meet on their way to one other.
struct Path {
  LossModel loss;
  Duration delay{};
  std::uint64_t bitrate_bps = 0;
};

/// Who hears whom: for each host, the hosts that hear it.
struct Topology {
  std::vector<std::map<HostIndex, Path>> hears;

  [[nodiscard]] std::size_t hosts() const { return hears.size(); }
};

/// The links of a scenario whose medium is a matrix: those of the layout (chain, grid or mesh; a
/// grid is as square as it gets, filled row by row) with `[[link]]` changing or adding some; or,
/// where no layout is given but links are, those links alone.
[[nodiscard]] Result<Topology> matrix_topology(const Scenario& scenario);

}  // namespace muster::sim
