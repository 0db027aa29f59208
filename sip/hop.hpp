// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "core/base/ids.hpp"
#include "core/base/ip_endpoint.hpp"

namespace muster::sip {

/// The other end of one SIP hop: a phone's UDP address, or a node of the mesh.
using Hop = std::variant<IpEndpoint, NodeId>;

/// Whether the transaction machines must repeat what they send: over UDP they must, over the mesh,
/// which acknowledges, they must not (RFC 3261 section 17: reliable transport).
enum class Transport { unreliable, reliable };

[[nodiscard]] inline Transport transport_of(const Hop& hop) {
  return std::holds_alternative<NodeId>(hop) ? Transport::reliable : Transport::unreliable;
}

}  // namespace muster::sip
