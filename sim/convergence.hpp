// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::sim {

/// What one node says of itself at one moment.
struct NodeView {
  std::string name;
  bool answered = false;
  std::string directory_digest;
  std::map<std::string, std::string> next_hop;  ///< by destination; names of nodes
};

/// Nothing if in every component all nodes have the same directory, and from each to each other the
/// routes lead, hop by hop over living nodes of the component: a route through a dead neighbour is
/// none. Else one sentence that names the first difference. `component[i]` is that of `views[i]`;
/// nodes with `alive[i]` false are not asked.
[[nodiscard]] std::optional<std::string> difference(const std::vector<NodeView>& views,
                                                    const std::vector<unsigned>& component,
                                                    const std::vector<bool>& alive);

}  // namespace muster::sim
