// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>

#include "core/base/ids.hpp"
#include "core/mesh/short_names.hpp"

namespace muster::mesh {

/// The nodes that all have in their kits, and what they are called in few octets.
class Roster {
 public:
  void add(const NodeId& node) {
    if (nodes_.insert(node).second) names_.add(node);
  }
  [[nodiscard]] const ShortNames& names() const { return names_; }
  [[nodiscard]] bool knows(const NodeId& node) const { return nodes_.contains(node); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// Of all their names, octets.
  [[nodiscard]] std::size_t longest_name() const {
    std::size_t longest = ShortNames::short_bytes;
    for (const NodeId& node : nodes_) longest = std::max(longest, names_.bytes_of(node));
    return longest;
  }

 private:
  ShortNames names_;
  std::set<NodeId> nodes_;
};

}  // namespace muster::mesh
