// SPDX-License-Identifier: Apache-2.0
#include "core/base/round_trip.hpp"

#include <algorithm>

namespace muster {

void RoundTrip::sample(Duration took) {
  took = std::max(took, Duration::zero());
  if (!smoothed_) {
    smoothed_ = took;
    variation_ = took / 2;
    return;
  }
  const Duration off = took > *smoothed_ ? took - *smoothed_ : *smoothed_ - took;
  variation_ = (3 * variation_ + off) / 4;
  smoothed_ = (7 * *smoothed_ + took) / 8;
}

Duration RoundTrip::timeout(unsigned attempt) const {
  Duration wait = smoothed_ ? *smoothed_ + std::max(limits_.variation_min, 4 * variation_)
                            : limits_.timeout_initial;
  wait = std::clamp(wait, limits_.timeout_min, limits_.timeout_max);
  for (; attempt > 0 && wait < limits_.timeout_max; --attempt) {
    wait = std::min(wait * limits_.backoff_percent / 100, limits_.timeout_max);
  }
  return wait;
}

}  // namespace muster
