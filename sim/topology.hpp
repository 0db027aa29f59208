// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
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

/// Who hears whom: for each host, the hosts that hear it. Where everybody hears everybody only the
/// paths that are not as `usual` are kept: ten thousand hosts have a hundred million pairs.
struct Topology {
  std::vector<std::map<HostIndex, Path>> hears;
  std::optional<Path> usual{};  ///< given: all hear all

  [[nodiscard]] std::size_t hosts() const { return hears.size(); }
  /// Null if `to` does not hear `from`. Lives as long as the topology.
  [[nodiscard]] const Path* path(HostIndex from, HostIndex to) const {
    const auto& listed = hears[from];
    if (const auto found = listed.find(to); found != listed.end()) return &found->second;
    return usual && from != to && to < hears.size() ? &*usual : nullptr;
  }
  /// `visit(listener, path)` for each, in order of their numbers.
  template <typename Visit>
  void each_listener(HostIndex from, Visit visit) const {
    const auto& listed = hears[from];
    if (!usual) {
      for (const auto& [to, path] : listed) visit(to, path);
      return;
    }
    auto next = listed.begin();
    for (HostIndex to = 0; to < hears.size(); ++to) {
      const bool other = next != listed.end() && next->first == to;
      if (to != from) visit(to, other ? next->second : *usual);
      if (other) ++next;
    }
  }
};

/// The links of a scenario whose medium is a matrix: those of the layout (chain, grid or mesh; a
/// grid is as square as it gets, filled row by row) with `[[link]]` changing or adding some; or,
/// where no layout is given but links are, those links alone.
[[nodiscard]] Result<Topology> matrix_topology(const Scenario& scenario);

}  // namespace muster::sim
