// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/base/ids.hpp"
#include "core/ports/digest.hpp"

namespace muster::overlay {

/// A point among the NodeIds. The nodes closest to it by XOR hold what is placed there (Kademlia,
/// Maymounkov and Mazieres 2002, section 2). It says who holds what, never how packets travel.
using Place = Id<struct PlaceTag, 16>;

/// First 16 octets of SHA-256 over the name: an AoR, so that all that is said of a user lies
/// together.
[[nodiscard]] Place place_of(ports::Digest& digest, std::string_view name);

/// The `count` of `nodes` that are closest to `place`, closest first.
[[nodiscard]] std::vector<NodeId> closest_to(const Place& place, std::vector<NodeId> nodes,
                                             std::size_t count);

/// How many copies are needed for one of them to survive with probability `survival` when every
/// node dies with probability `deaths` (0 to 1, both without the ends), each by itself.
[[nodiscard]] unsigned copies_for(double deaths, double survival);

}  // namespace muster::overlay
