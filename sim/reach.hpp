// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sim/topology.hpp"

namespace muster::sim {

/// Who can hear whom at the moment: the topology, cut by the partition of the hour.
class Reach {
 public:
  explicit Reach(Topology topology) : topology_(std::move(topology)), group_(topology_.hosts()) {}

  /// Hosts in different groups stop hearing each other; those named in none form one more group.
  void partition(const std::vector<std::vector<HostIndex>>& groups);
  void heal();
  /// Whether two hosts that the topology joins hear each other; at the start they do.
  void connect(HostIndex a, HostIndex b, bool up);
  [[nodiscard]] bool separated(HostIndex a, HostIndex b) const {
    return group_[a] != group_[b] || (!parted_.empty() && parted_.contains(std::minmax(a, b)));
  }

  /// For each host the number of its connected component, from 1; a dead host is one by itself.
  [[nodiscard]] std::vector<unsigned> components(const std::vector<bool>& alive) const;
  [[nodiscard]] const Topology& topology() const { return topology_; }

 private:
  [[nodiscard]] std::vector<unsigned> groups(const std::vector<bool>& alive) const;

  Topology topology_;
  std::vector<std::size_t> group_;
  std::set<std::pair<HostIndex, HostIndex>> parted_;  ///< the lower number first
};

}  // namespace muster::sim
