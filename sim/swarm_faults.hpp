// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/scenario.hpp"

namespace muster::sim {

/// Adds to the scenario's events the faults that `seed` draws under its `[swarm]` table, in order
/// of time. Nothing is added without kinds of faults.
///
/// Every seed first takes a random subset of the kinds (each with probability 1/2), then faults of
/// those kinds only: runs that leave something out find what runs with everything hide (Groce,
/// Zhang, Eide, Chen, Regehr: "Swarm Testing", ISSTA 2012). Every fault but a wrong clock is undone
/// after a time of its own, and all of them at the swarm's stop. Which faults are drawn does not
/// depend on `swarm.only`, so that leaving one out changes no other.
void draw_faults(Scenario& scenario, std::uint64_t seed);

/// How many faults the seed draws, whether or not `swarm.only` leaves some out.
[[nodiscard]] std::uint32_t drawn_faults(const Scenario& scenario, std::uint64_t seed);

}  // namespace muster::sim
