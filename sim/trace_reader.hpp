// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "sim/contact_trace.hpp"
#include "sim/motion_trace.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Links of a network as somebody measured them: each with its loss, per direction.
struct LinkTrace {
  HostIndex hosts = 0;
  std::vector<LinkSpec> links;
};

using Trace = std::variant<MotionTrace, ContactTrace, LinkTrace>;

inline constexpr std::size_t trace_bytes_max = 256 * 1024 * 1024;

/// A trace in whichever of these formats it is, told apart by their first line: movements of ns-2
/// (setdest) and BonnMotion, EMANE's event log (locations and path losses), connection events of
/// the ONE simulator, and meshnet-lab's JSON. Or one line that names file, line, reason and remedy.
[[nodiscard]] Result<Trace> read_trace(std::string_view text, std::string_view file);

// One for each format.
[[nodiscard]] Result<MotionTrace> read_ns2_movements(std::string_view text, std::string_view file);
[[nodiscard]] Result<MotionTrace> read_bonnmotion(std::string_view text, std::string_view file);
[[nodiscard]] Result<MotionTrace> read_emane_events(std::string_view text, std::string_view file);
[[nodiscard]] Result<ContactTrace> read_one_contacts(std::string_view text, std::string_view file);
[[nodiscard]] Result<LinkTrace> read_meshnet_lab(std::string_view text, std::string_view file);

/// Lets the hosts of the scenario do as the trace says. Fails if they cannot: too few or too many,
/// or a medium that knows no places, or nothing but places.
[[nodiscard]] Result<void> apply_trace(Scenario& scenario, Trace trace);

}  // namespace muster::sim
