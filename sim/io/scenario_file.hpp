// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "sim/scenario_reader.hpp"

namespace muster::sim {

/// What a command was given makes no sense: one line, exit code 2.
struct BadUsage {
  std::string sentence;
};

/// A scenario's file as it lies on disk, or BadUsage.
[[nodiscard]] std::string read_scenario_file(const std::string& path);

/// Lets the hosts do as the scenario's trace says, if it names one: a file beside the scenario's,
/// or a whole path. BadUsage if it cannot be read, is not whole or does not fit.
void load_trace(Scenario& scenario, const std::string& scenario_path);

/// What a run depends on beside its seed, changes and program: SHA-256 of the scenario's text and,
/// behind it, of the trace that it names, in hexadecimal. BadUsage as load_trace.
[[nodiscard]] std::string scenario_sha256(const std::string& text, const Scenario& scenario,
                                          const std::string& scenario_path);

/// `--set KEY=VALUE`; BadUsage if it is not of that form.
[[nodiscard]] Override override_of(const std::string& text);
[[nodiscard]] std::vector<Override> overrides_of(const std::vector<std::string>& texts);

}  // namespace muster::sim
