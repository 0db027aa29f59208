// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "radio/hop_link.hpp"
#include "radio/link_profile.hpp"

namespace muster::node {

/// Expected transmissions (ETX, De Couto et al. 2003) in 1/256, each weighed by its time on the air
/// where that counts.
[[nodiscard]] std::uint16_t cost_of(const radio::HopLink::Quality& quality, double weight);

/// A frame of two seconds weighs as much as some twenty of Wi-Fi: a path of hops is still told
/// from none.
[[nodiscard]] double weight_of(const radio::LinkProfile& profile, std::size_t datagram_bytes_max);

/// Whether routing should hear of it: every cost is told all through the mesh.
[[nodiscard]] bool worth_telling(int cost, int told);

}  // namespace muster::node
