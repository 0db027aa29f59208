// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "sim/scenario.hpp"

namespace muster::sim {

/// Finds the hosts near a place without asking all of them: squares as wide as one looks far.
class HostGrid {
 public:
  explicit HostGrid(double square_m) : square_m_(square_m) {}

  void rebuild(const std::vector<Position>& positions);
  /// The hosts of the squares that a circle of at most one square's width around `place` touches,
  /// in order; some of them are farther away.
  void near(Position place, std::vector<HostIndex>& hosts) const;

 private:
  using Square = std::pair<std::int64_t, std::int64_t>;
  [[nodiscard]] Square square_of(Position place) const;

  double square_m_;
  std::map<Square, std::vector<HostIndex>> squares_;
};

}  // namespace muster::sim
