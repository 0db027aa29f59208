// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "sim/checked_table.hpp"
#include "sim/scenario.hpp"
#include "sim/scenario_reader.hpp"

namespace muster::sim {

/// `[hosts]` and all `[[host]]` become `scenario.hosts`, named and with their users.
void read_hosts(CheckedTable table, const std::vector<const toml::table*>& one_by_one,
                const ScenarioLimits& limits, Scenario& scenario);

/// `[x, y]` in metres.
[[nodiscard]] std::optional<Position> read_position(const toml::node& node);

/// A host by its number (from 1) or its name; a fault of `key` if there is none.
[[nodiscard]] std::optional<HostIndex> read_host(CheckedTable& table, std::string_view key,
                                                 const toml::node& node, const Scenario& scenario);
/// A list of hosts by number or name.
[[nodiscard]] std::vector<HostIndex> read_host_list(CheckedTable& table, std::string_view key,
                                                    const Scenario& scenario);

}  // namespace muster::sim
