// SPDX-License-Identifier: Apache-2.0
#include "sim/reach.hpp"

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
  std::vector<unsigned> component(topology_.hosts());
  unsigned next = 0;
  for (HostIndex start = 0; start < topology_.hosts(); ++start) {
    if (component[start] != 0) continue;
    component[start] = ++next;
    std::vector<HostIndex> open{start};
    while (!open.empty() && alive[start]) {
      const auto host = open.back();
      open.pop_back();
      topology_.each_listener(host, [&](HostIndex other, const Path&) {
        if (component[other] != 0 || !alive[other] || separated(host, other)) return;
        component[other] = next;
        open.push_back(other);
      });
    }
  }
  return component;
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
