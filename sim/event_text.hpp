// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/scenario.hpp"

namespace muster::sim {

/// An event in words: "partition: host-1 host-2 | host-3".
[[nodiscard]] std::string event_text(const Scenario& scenario, const EventAction& action);

}  // namespace muster::sim
