// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/call_book.hpp"
#include "sim/io/live_medium.hpp"
#include "sim/message_book.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// What was measured in one run.
struct Measured {
  double wall_s = 0;
  std::uint64_t events = 0;
  CallBook::Totals calls;
  MessageBook::Totals messages;
  std::uint64_t messages_waiting = 0;  ///< at living nodes, at the end
  LiveMedium::Report medium;
  std::optional<double> convergence_s;  ///< after the last event that changed the world
  std::optional<double> first_convergence_s;
  std::vector<std::string> violations;  ///< what must never happen, one sentence each
  std::string invalid;                  ///< why the medium's word counts for nothing, or empty
  bool bare = false;                    ///< no nodes: nothing but the medium was measured
};

/// Why the run proves nothing, or empty: the medium was late (99 % of frames within 5 ms) or lost
/// frames by itself.
[[nodiscard]] std::string why_invalid(const LiveMedium::Report& medium);

/// One run as one JSON object, members as in the scenario vocabulary. What an emulator cannot
/// measure is null.
[[nodiscard]] nlohmann::json report_of(const Scenario& scenario, const std::string& scenario_sha256,
                                       std::uint64_t seed, const Measured& measured);

struct Verdict {
  std::string line;  ///< "calls.success_ratio = 1, at least 0.99 wanted"
  bool held = false;
};
/// Every expectation against the report; null fails.
[[nodiscard]] std::vector<Verdict> judge(const Scenario& scenario, const nlohmann::json& report);

}  // namespace muster::sim
