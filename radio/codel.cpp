// SPDX-License-Identifier: Apache-2.0
#include "radio/codel.hpp"

#include <cmath>

namespace muster::radio {

bool Codel::above_for_long(TimePoint now, Duration waited, bool last) {
  if (waited < limits_.target || last) {
    first_above_at_.reset();
    return false;
  }
  if (!first_above_at_) {
    first_above_at_ = now + limits_.interval;
    return false;
  }
  return now >= *first_above_at_;
}

Duration Codel::control_law() const {
  // sqrt is exact to the last bit everywhere (IEEE 754), unlike pow.
  return Duration{static_cast<std::int64_t>(static_cast<double>(limits_.interval.count()) /
                                            std::sqrt(static_cast<double>(count_)))};
}

bool Codel::drops(TimePoint now, Duration waited, bool last) {
  if (limits_.target == Duration{}) return false;
  const bool too_long = above_for_long(now, waited, last);
  if (!too_long) {
    dropping_ = false;
    return false;
  }
  if (dropping_) {
    if (now < drop_next_) return false;
    ++count_;
    drop_next_ += control_law();
  } else {
    // Begins where it left off if that was a short while ago (5.6: the last drop rate was about
    // right).
    const std::uint32_t since = count_ - last_count_;
    count_ = since > 1 && now - drop_next_ < 16 * limits_.interval ? since : 1;
    last_count_ = count_;
    dropping_ = true;
    drop_next_ = now + control_law();
  }
  ++dropped_;
  return true;
}

}  // namespace muster::radio
