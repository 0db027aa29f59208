// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/seeded_random.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Decides the fate of the frames of one directed pair of hosts, one after the other.
class LossProcess {
 public:
  explicit LossProcess(LossModel model) : model_(model) {}

  /// True if the next frame is lost. With bursts: two states, all frames of the bad one are lost
  /// (Gilbert 1960, Elliott 1963); the chance to leave it is 1/burst, so that bursts have that
  /// mean length, and the chance to enter it keeps the share of bad frames at `rate`.
  [[nodiscard]] bool lost(SeededRandom& random) {
    if (model_.burst <= 0) return random.unit() < model_.rate;
    const double leave = 1 / model_.burst;
    const double enter = model_.rate * leave / (1 - model_.rate);
    bad_ = bad_ ? random.unit() >= leave : random.unit() < enter;
    return bad_;
  }

 private:
  LossModel model_;
  bool bad_ = false;
};

}  // namespace muster::sim
