// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/base/time.hpp"

namespace muster::sim {

/// Measured times, for quantiles.
class Distribution {
 public:
  void add(Duration value) { values_.push_back(value); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  /// The smallest value that at least `share` (0..1] of all values do not exceed, in
  /// milliseconds; nothing if there is none.
  [[nodiscard]] std::optional<double> quantile_ms(double share) const;

 private:
  std::vector<Duration> values_;
};

}  // namespace muster::sim
