// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/ip_endpoint.hpp"

namespace muster::discovery {

/// An address of one of our interfaces, and which others are reached without a router.
struct LocalNetwork {
  IpAddress own;
  unsigned prefix_bits = 0;  ///< 0..32 (IPv4) or 0..128

  friend bool operator==(const LocalNetwork&, const LocalNetwork&) = default;
  [[nodiscard]] bool contains(const IpAddress& other) const;
};

/// Whether a neighbour one hop away on an interface with these addresses may have this one: not
/// beyond a router, not ourselves, not a group.
[[nodiscard]] bool may_be_neighbour(const std::vector<LocalNetwork>& networks,
                                    const IpAddress& address);

}  // namespace muster::discovery
