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

/// Chooses who has to do with whom, by the pattern of a load. "ends": a user of the first host and
/// one of the last, either beginning.
class PairPicker {
 public:
  using Free = std::function<bool(const std::string&)>;

  PairPicker(const Scenario& scenario, const std::string& pattern);

  /// Two different users who fit the pattern and are both free, each such pair as likely as any
  /// other; nothing if there is none.
  [[nodiscard]] std::optional<UserPair> pick(const Free& free, SeededRandom& random) const;

 private:
  using Users = std::vector<std::string>;
  [[nodiscard]] static std::optional<UserPair> pick(const Users& from, const Users& to,
                                                    const Free& free, SeededRandom& random);

  Users from_;
  Users to_;
  bool either_way_ = false;
};

[[nodiscard]] inline std::optional<UserPair> pick_pair(const Scenario& scenario,
                                                       const std::string& pattern,
                                                       const PairPicker::Free& free,
                                                       SeededRandom& random) {
  return PairPicker(scenario, pattern).pick(free, random);
}

/// Text number n of a load, exactly `bytes` long (at least as long as its number needs).
[[nodiscard]] std::string numbered_text(std::uint64_t number, std::size_t bytes);

}  // namespace muster::sim
