// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "radio/link_profile.hpp"
#include "sim/geometric_medium.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// The radio channel of a scenario whose medium is geometric, as it is at `start`, with its hosts
/// where they are then and moving from then on.
[[nodiscard]] std::unique_ptr<GeometricMedium> make_geometric_medium(const Scenario& scenario,
                                                                     TimePoint start,
                                                                     std::uint64_t seed);

/// The largest datagram that its hosts may hand to it, octets.
[[nodiscard]] std::size_t datagram_bytes_max(const MediumSpec& medium);
/// As a host is configured for that radio. One above a hundred kbit/s need not be spared.
[[nodiscard]] radio::LinkProfile link_profile(const MediumSpec& medium);

}  // namespace muster::sim
