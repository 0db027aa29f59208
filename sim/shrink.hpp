// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/scenario_reader.hpp"

namespace muster::sim {

/// Whether the run fails in the same way with these values set.
using FailsWith = std::function<bool(const std::vector<Override>&)>;

struct ShrinkLimits {
  unsigned attempts_max = 200;  ///< runs
};

struct Shrunk {
  std::vector<Override> overrides;
  unsigned attempts = 0;
  bool exhausted = false;  ///< it might be shrunk further with more attempts
};

/// Looks for values to set with which a failing run still fails, though it has fewer drawn faults,
/// events, pieces of work and hosts, and ends sooner. `scenario` is as read with `overrides`,
/// before faults were drawn into it; it is taken for granted that it fails with these and `seed`.
[[nodiscard]] Shrunk shrink(const Scenario& scenario, std::uint64_t seed,
                            std::vector<Override> overrides, const FailsWith& fails_with,
                            const ShrinkLimits& limits = {});

}  // namespace muster::sim
