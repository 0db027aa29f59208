// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// When a load's pieces are due, in order: spread evenly from the workload's start to its stop (or
/// the scenario's end), each somewhere in its own slice of that time.
[[nodiscard]] std::vector<Duration> due_times(const Scenario& scenario, const Load& load,
                                              SeededRandom& random);

using UserPair = std::pair<std::string, std::string>;

/// Two different users who fit the pattern and are both free; nothing if there are none.
/// "ends": a user of the first host and one of the last, either calling.
[[nodiscard]] std::optional<UserPair> pick_pair(const Scenario& scenario,
                                                const std::string& pattern,
                                                const std::function<bool(const std::string&)>& free,
                                                SeededRandom& random);

/// Text number n of a load, exactly `bytes` long (at least as long as its number needs).
[[nodiscard]] std::string numbered_text(std::uint64_t number, std::size_t bytes);

}  // namespace muster::sim
