// SPDX-License-Identifier: Apache-2.0
#include "sim/convergence.hpp"

#include <algorithm>

namespace muster::sim {
namespace {

class Mesh {
 public:
  Mesh(const std::vector<NodeView>& views, const std::vector<unsigned>& component,
       const std::vector<bool>& alive)
      : views_(views), component_(component), alive_(alive) {}

  [[nodiscard]] bool together(std::size_t a, std::size_t b) const {
    return a != b && alive_[a] && alive_[b] && component_[a] == component_[b];
  }

  /// Nothing if the routes lead from a to b.
  [[nodiscard]] std::optional<std::string> missing_route(std::size_t a, std::size_t b) const {
    auto at = a;
    for (std::size_t hops = 0; hops < views_.size(); ++hops) {
      const auto next = views_[at].next_hop.find(views_[b].name);
      if (next == views_[at].next_hop.end()) {
        return views_[at].name + " has no route to " + views_[b].name;
      }
      const auto hop = index_of(next->second);
      if (hop == b) return std::nullopt;
      if (!hop || !together(at, *hop)) {
        return views_[at].name + " sends by " + next->second + " to " + views_[b].name + " in vain";
      }
      at = *hop;
    }
    return "packets from " + views_[a].name + " to " + views_[b].name + " go round in circles";
  }

 private:
  [[nodiscard]] std::optional<std::size_t> index_of(const std::string& name) const {
    const auto found = std::find_if(views_.begin(), views_.end(),
                                    [&](const auto& view) { return view.name == name; });
    if (found == views_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - views_.begin());
  }

  const std::vector<NodeView>& views_;
  const std::vector<unsigned>& component_;
  const std::vector<bool>& alive_;
};

}  // namespace

std::optional<std::string> difference(const std::vector<NodeView>& views,
                                      const std::vector<unsigned>& component,
                                      const std::vector<bool>& alive) {
  const Mesh mesh(views, component, alive);
  for (std::size_t a = 0; a < views.size(); ++a) {
    if (alive[a] && !views[a].answered) return views[a].name + " does not answer";
  }
  for (std::size_t a = 0; a < views.size(); ++a) {
    for (std::size_t b = 0; b < views.size(); ++b) {
      if (!mesh.together(a, b)) continue;
      if (auto missing = mesh.missing_route(a, b)) return missing;
      if (views[a].directory_digest != views[b].directory_digest) {
        return views[a].name + " and " + views[b].name + " have different directories";
      }
    }
  }
  return std::nullopt;
}

}  // namespace muster::sim
