// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace muster::radio {

/// Share of trials that succeeded lately, 0..1: the plain mean of the first `memory` trials, an
/// exponentially weighted one from then on. One before the first trial.
class SmoothedRatio {
 public:
  explicit SmoothedRatio(unsigned memory = 64) : memory_(memory) {}

  void count(bool success) {
    trials_ = std::min(trials_ + 1, memory_);
    // One imagined success at the start, so that a first failure does not read as a dead link.
    ratio_ += ((success ? 1.0 : 0.0) - ratio_) / (trials_ + 1.0);
  }
  /// What was learned no longer holds.
  void restart() {
    trials_ = 0;
    ratio_ = 1.0;
  }
  [[nodiscard]] double value() const { return ratio_; }
  /// How many were counted, up to the memory.
  [[nodiscard]] unsigned trials() const { return trials_; }

 private:
  unsigned memory_;
  unsigned trials_ = 0;
  double ratio_ = 1.0;
};

}  // namespace muster::radio
