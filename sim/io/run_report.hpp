// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/io/live_medium.hpp"
#include "sim/measured.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Why the run proves nothing, or empty: the medium was late (99 % of frames within 5 ms) or lost
/// frames by itself, or what the scenario says came `events_late`, more than 0.5 s, after its time.
[[nodiscard]] std::string why_invalid(const LiveMedium::Report& medium, Duration events_late);

/// How well the live medium kept its times, for a report.
[[nodiscard]] nlohmann::json medium_quality(const LiveMedium::Report& medium);

/// One run as one JSON object, members as in the scenario vocabulary. What the world cannot measure
/// is null.
[[nodiscard]] nlohmann::json report_of(const Scenario& scenario, const std::string& scenario_sha256,
                                       std::uint64_t seed, const Measured& measured);

struct Verdict {
  std::string line;  ///< "calls.success_ratio = 1, at least 0.99 wanted"
  bool held = false;
};
/// Every expectation against the report; null fails.
[[nodiscard]] std::vector<Verdict> judge(const Scenario& scenario, const nlohmann::json& report);

}  // namespace muster::sim
