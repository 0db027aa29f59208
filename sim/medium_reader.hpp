// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/checked_table.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// The `[medium]` table.
void read_medium(CheckedTable table, MediumSpec& medium);
/// `loss = { rate = 0.2 }` or `loss = { gilbert_elliott = { rate = 0.4, burst = 5 } }`.
[[nodiscard]] std::optional<LossModel> read_loss(CheckedTable& table);
/// One `[[link]]`; the hosts must have been read.
void read_link(CheckedTable table, Scenario& scenario);

}  // namespace muster::sim
