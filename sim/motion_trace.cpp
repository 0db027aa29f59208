// SPDX-License-Identifier: Apache-2.0
#include "sim/motion_trace.hpp"

#include <algorithm>
#include <cmath>

namespace muster::sim {

double MotionTrace::fastest_mps() const {
  double fastest = 0;
  for (const auto& way : ways) {
    for (const auto& stretch : way.stretches) {
      if (stretch.arrive <= stretch.depart) continue;
      const double dx = stretch.to.x_m - stretch.from.x_m;
      const double dy = stretch.to.y_m - stretch.from.y_m;
      const double seconds = static_cast<double>((stretch.arrive - stretch.depart).count()) / 1e9;
      fastest = std::max(fastest, std::sqrt(dx * dx + dy * dy) / seconds);
    }
  }
  return fastest;
}

}  // namespace muster::sim
