// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/checked_table.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// The `[swarm]` table; the workload is there already. The file has so many `[[event]]`s.
void read_swarm(CheckedTable table, std::size_t events, Scenario& scenario);

}  // namespace muster::sim
