// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Where hosts were, as recorded or made by others: for each host the stretches of its way, in
/// order of time. Between them it stays where the last one ended.
struct MotionTrace {
  struct Stretch {
    Duration depart{};  ///< since the start of the trace
    Duration arrive{};  ///< not before `depart`; the same for a jump
    Position from;
    Position to;
  };
  struct Way {
    Position start;
    std::vector<Stretch> stretches;
  };
  /// From now on the path between two hosts loses this much, whatever their distance.
  struct PathLoss {
    Duration at{};
    HostIndex from = 0;
    HostIndex to = 0;
    double loss_db = 0;
  };
  std::vector<Way> ways;
  std::vector<PathLoss> path_losses;

  [[nodiscard]] double fastest_mps() const;
};

}  // namespace muster::sim
