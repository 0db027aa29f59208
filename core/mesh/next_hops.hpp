// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/ids.hpp"

namespace muster::mesh {

/// Which neighbour comes next on the way to a node. Router is one; tests have a fixed table.
class NextHops {
 public:
  virtual ~NextHops() = default;
  /// Nothing while there is no route.
  [[nodiscard]] virtual std::optional<NodeId> next_hop(const NodeId& destination) const = 0;
};

}  // namespace muster::mesh
