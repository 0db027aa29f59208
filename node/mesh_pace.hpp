// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/mesh/delivery.hpp"
#include "core/mesh/router.hpp"

namespace muster::node {

/// `limits` where every link is slow: `answer_within` is how long an answer takes on it. Routes
/// live long, because hops notice by themselves when a neighbour is gone.
[[nodiscard]] mesh::Router::Limits paced(mesh::Router::Limits limits, Duration answer_within,
                                         std::size_t datagram_bytes_max);
/// Where some links are slow, or all (`everywhere`).
[[nodiscard]] mesh::Delivery::Limits paced(mesh::Delivery::Limits limits, Duration answer_within,
                                           bool everywhere);

}  // namespace muster::node
