// SPDX-License-Identifier: Apache-2.0
#include "sim/topology.hpp"

namespace muster::sim {
namespace {

HostIndex grid_columns(std::size_t hosts) {
  HostIndex columns = 1;
  while (static_cast<std::size_t>(columns) * columns < hosts) ++columns;
  return columns;
}

bool are_neighbours(Layout layout, HostIndex a, HostIndex b, HostIndex columns) {
  const HostIndex low = a < b ? a : b;
  const HostIndex high = a < b ? b : a;
  switch (layout) {
    case Layout::chain:
      return high == low + 1;
    case Layout::grid:
      return high == low + columns || (high == low + 1 && high % columns != 0);
    default:
      return false;
  }
}

}  // namespace

Result<Topology> matrix_topology(const Scenario& scenario) {
  if (scenario.medium.kind != MediumKind::matrix) {
    return fail("medium.kind: a geometric medium needs the simulator; use kind = \"matrix\" here");
  }
  const auto layout = scenario.layout.layout;
  if (layout == Layout::random || layout == Layout::clusters || layout == Layout::positions) {
    return fail(
        "hosts.layout: it needs positions, that is a geometric medium; use chain, grid or mesh");
  }
  Topology topology;
  const auto count = static_cast<HostIndex>(scenario.hosts.size());
  topology.hears.resize(count);
  const auto& medium = scenario.medium;
  const Path usual{medium.loss, medium.delay, medium.bitrate_bps};
  const auto columns = grid_columns(count);
  const bool generated = scenario.layout.layout_given || scenario.links.empty();
  if (generated && layout == Layout::mesh) topology.usual = usual;
  for (HostIndex a = 0; generated && a < count; ++a) {
    // On a chain and on a grid nobody hears further than one row.
    for (HostIndex b = a + 1; b < count && b <= a + columns; ++b) {
      if (!are_neighbours(layout, a, b, columns)) continue;
      topology.hears[a][b] = usual;
      topology.hears[b][a] = usual;
    }
  }
  for (const auto& link : scenario.links) {
    const auto set = [&](HostIndex from, HostIndex to) {
      auto& path = topology.hears[from].try_emplace(to, usual).first->second;
      path.loss = link.loss.value_or(path.loss);
      path.delay = link.delay.value_or(path.delay);
      path.bitrate_bps = link.bitrate_bps.value_or(path.bitrate_bps);
    };
    set(link.a, link.b);
    if (!link.one_way) set(link.b, link.a);
  }
  return topology;
}

}  // namespace muster::sim
