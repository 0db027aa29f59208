// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Hosts that one emulator carries: each is a namespace, a node and phones of its own.
inline constexpr std::size_t emulated_hosts_max = 250;

/// Nothing if the live emulator can play the scenario as it is; else the one line that says which
/// part needs the simulator. Asked before anything is started.
[[nodiscard]] std::optional<Failure> why_not_emulatable(const Scenario& scenario);

}  // namespace muster::sim
