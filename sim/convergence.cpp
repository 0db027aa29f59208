// SPDX-License-Identifier: Apache-2.0
#include "sim/convergence.hpp"

namespace muster::sim {

std::optional<std::string> difference(const std::vector<NodeView>& views,
                                      const std::vector<unsigned>& component,
                                      const std::vector<bool>& alive) {
  for (std::size_t a = 0; a < views.size(); ++a) {
    if (!alive[a]) continue;
    if (!views[a].answered) return views[a].name + " does not answer";
    for (std::size_t b = 0; b < views.size(); ++b) {
      if (a == b || !alive[b] || component[a] != component[b]) continue;
      if (!views[a].routes_to.contains(views[b].name)) {
        return views[a].name + " has no route to " + views[b].name;
      }
      if (views[b].answered && views[a].directory_digest != views[b].directory_digest) {
        return views[a].name + " and " + views[b].name + " have different directories";
      }
    }
  }
  return std::nullopt;
}

}  // namespace muster::sim
