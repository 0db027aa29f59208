// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/scenario.hpp"

namespace muster::sim {

/// The connected component of each host, numbered from 1; a host that is not alive is one of its
/// own. `each_candidate(host, visit)` calls `visit` with each host that may be joined to `host`;
/// `joined(host, other)`, which is asked only where it matters, says whether they are.
template <typename EachCandidate, typename Joined>
[[nodiscard]] std::vector<unsigned> components(const std::vector<bool>& alive,
                                               EachCandidate each_candidate, Joined joined) {
  std::vector<unsigned> component(alive.size());
  std::vector<HostIndex> open;
  unsigned next = 0;
  for (HostIndex start = 0; start < component.size(); ++start) {
    if (component[start] != 0) continue;
    component[start] = ++next;
    if (!alive[start]) continue;
    open.assign(1, start);
    while (!open.empty()) {
      const auto host = open.back();
      open.pop_back();
      each_candidate(host, [&](HostIndex other) {
        if (component[other] != 0 || !alive[other] || !joined(host, other)) return;
        component[other] = next;
        open.push_back(other);
      });
    }
  }
  return component;
}

}  // namespace muster::sim
