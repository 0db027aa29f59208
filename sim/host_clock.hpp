// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace muster::sim {

/// The steady clock of one start of one host: it begins anywhere, as after a boot, and runs a
/// little fast or slow.
class HostClock {
 public:
  /// `fast_ppb`: nanoseconds gained in a second; may be negative.
  HostClock(TimePoint at, TimePoint shows, std::int64_t fast_ppb)
      : at_(at), shows_(shows), fast_ppb_(fast_ppb) {}

  [[nodiscard]] TimePoint local(TimePoint now) const {
    const auto passed = (now - at_).count();
    return shows_ + Duration{passed + gained(passed, fast_ppb_)};
  }
  /// A moment at which the clock shows at least `shown`, and no more than a few nanoseconds above.
  [[nodiscard]] TimePoint when(TimePoint shown) const {
    const auto passed = (shown - shows_).count();
    auto real = passed;
    // Each round divides the error by a thousand at least: no clock is worse than that.
    for (int round = 0; round < 5; ++round) real = passed - gained(real, fast_ppb_);
    while (real + gained(real, fast_ppb_) < passed) ++real;
    return at_ + Duration{real};
  }

 private:
  /// In two steps, for an hour in nanoseconds times a thousand million is more than 64 bits hold.
  [[nodiscard]] static std::int64_t gained(std::int64_t passed, std::int64_t ppb) {
    constexpr std::int64_t second = 1'000'000'000;
    return passed / second * ppb + passed % second * ppb / second;
  }

  TimePoint at_;
  TimePoint shows_;
  std::int64_t fast_ppb_;
};

}  // namespace muster::sim
