// SPDX-License-Identifier: Apache-2.0
#include "sim/reach.hpp"

#include "sim/components.hpp"

namespace muster::sim {

void Reach::partition(const std::vector<std::vector<HostIndex>>& groups) {
  heal();
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const auto host : groups[group]) group_[host] = group + 1;
  }
}

void Reach::heal() { std::fill(group_.begin(), group_.end(), 0); }

void Reach::connect(HostIndex a, HostIndex b, bool up) {
  if (up) {
    parted_.erase(std::minmax(a, b));
  } else {
    parted_.insert(std::minmax(a, b));
  }
}

std::vector<unsigned> Reach::components(const std::vector<bool>& alive) const {
  if (topology_.usual && parted_.empty()) return groups(alive);
  const auto each_listener = [&](HostIndex host, const auto& visit) {
    topology_.each_listener(host, [&](HostIndex other, const Path&) { visit(other); });
  };
  return sim::components(alive, each_listener,
                         [&](HostIndex a, HostIndex b) { return !separated(a, b); });
}

/// Where everybody hears everybody nothing but the partition tells hosts apart.
std::vector<unsigned> Reach::groups(const std::vector<bool>& alive) const {
  std::vector<unsigned> component(topology_.hosts());
  std::map<std::size_t, unsigned> of_group;
  unsigned next = 0;
  for (HostIndex host = 0; host < topology_.hosts(); ++host) {
    auto& number = alive[host] ? of_group[group_[host]] : component[host];
    if (number == 0) number = ++next;
    component[host] = number;
  }
  return component;
}

}  // namespace muster::sim
