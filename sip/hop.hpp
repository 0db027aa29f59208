// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "core/base/ids.hpp"
#include "sip/phone_address.hpp"

namespace muster::sip {

/// The other end of one SIP hop: a phone, or a node of the mesh.
using Hop = std::variant<PhoneAddress, NodeId>;

/// Whether the transaction machines must repeat what they send: over UDP they must, over TCP and
/// over the mesh, which acknowledge, they must not (RFC 3261 section 17: reliable transport).
enum class Transport { unreliable, reliable };

[[nodiscard]] inline Transport transport_of(const Hop& hop) {
  const auto* phone = std::get_if<PhoneAddress>(&hop);
  return phone != nullptr && phone->transport == PhoneTransport::udp ? Transport::unreliable
                                                                     : Transport::reliable;
}

}  // namespace muster::sip
