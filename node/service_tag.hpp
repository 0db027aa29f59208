// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discovery/service_table.hpp"
#include "security/crypto.hpp"

namespace muster::node {

/// How nodes of the overlay with this discovery key mark their mDNS services
/// (docs/protocol/beacon.md). Holds a key made from it, not the key itself.
[[nodiscard]] discovery::ServiceTable::TagOf service_tag_of(const security::Key32& discovery_key);

}  // namespace muster::node
