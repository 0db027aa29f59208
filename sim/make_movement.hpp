// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/movement.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// How the hosts of a geometric scenario move from `start` on, the beginning of the scenario.
[[nodiscard]] std::unique_ptr<Movement> make_movement(const Scenario& scenario, TimePoint start,
                                                      std::uint64_t seed);

}  // namespace muster::sim
