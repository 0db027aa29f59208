// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/checked_table.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// One `[[event]]`; the hosts must have been read.
void read_event(CheckedTable table, Scenario& scenario);
/// The `[workload]` table; the hosts must have been read.
void read_workload(CheckedTable table, Scenario& scenario);

}  // namespace muster::sim
