// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/ids.hpp"
#include "core/mesh/route_message.hpp"

namespace muster::mesh {

/// Which neighbour comes next on the way to a node. Router is one; tests have a fixed table.
class NextHops {
 public:
  virtual ~NextHops() = default;
  /// Nothing while there is no route.
  [[nodiscard]] virtual std::optional<NodeId> next_hop(const NodeId& destination) const = 0;
  /// The cost of the whole way; nothing while there is no route, 0 where nobody counts.
  [[nodiscard]] virtual std::optional<Cost> distance(const NodeId& destination) const {
    return next_hop(destination) ? std::optional<Cost>{0} : std::nullopt;
  }
};

}  // namespace muster::mesh
