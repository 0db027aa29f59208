// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/result.hpp"
#include "radio/link_profile.hpp"
#include "sim/medium.hpp"

namespace muster::sim {

/// The medium of a scenario and what its hosts must know of it.
struct MadeMedium {
  std::unique_ptr<Medium> medium;
  std::size_t datagram_bytes_max = 0;  ///< the largest that a host may hand to it
  radio::LinkProfile link{};           ///< what a host paces itself by
};

class RadioMedium;

/// Faults of arrivals and the duty cycle, as the scenario has them.
void configure(const Scenario& scenario, RadioMedium& medium);

/// `start`: when the scenario begins. `seed` is that of the run; the medium takes streams of its
/// own from it.
[[nodiscard]] Result<MadeMedium> make_medium(const Scenario& scenario, TimePoint start,
                                             std::uint64_t seed);

}  // namespace muster::sim
