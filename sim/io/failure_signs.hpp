// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "sim/scenario.hpp"

namespace muster::sim {

/// In what ways a run failed: the metrics that did not hold, the kinds of violations (numbers and
/// names do not make a difference), that it died. Two runs that share a sign fail alike.
[[nodiscard]] std::set<std::string> failure_signs(const Scenario& scenario,
                                                  const nlohmann::json& report);

}  // namespace muster::sim
