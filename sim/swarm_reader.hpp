// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/checked_table.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// The `[swarm]` table; the scenario's events are there already, in the order of the file. Those
/// named in `omit_events` are taken out.
void read_swarm(CheckedTable table, Scenario& scenario);

}  // namespace muster::sim
