// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::sim {

/// What one node says of itself at one moment.
struct NodeView {
  std::string name;
  bool answered = false;
  std::string directory_digest;
  std::set<std::string> routes_to;  ///< names of other nodes
};

/// Nothing if in every component all nodes have the same directory and a route to each other; else
/// one sentence that names the first difference. `component[i]` is that of `views[i]`; nodes with
/// `alive[i]` false are not asked.
[[nodiscard]] std::optional<std::string> difference(const std::vector<NodeView>& views,
                                                    const std::vector<unsigned>& component,
                                                    const std::vector<bool>& alive);

}  // namespace muster::sim
