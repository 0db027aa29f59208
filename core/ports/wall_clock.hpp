// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace muster::ports {

/// The time of day as this machine believes it. A hint: in the field nobody has set the clocks, and
/// one without a battery wakes up in 1970. Nothing is refused because of it.
class WallClock {
 public:
  virtual ~WallClock() = default;
  /// Seconds since 1970, UTC.
  [[nodiscard]] virtual std::int64_t unix_s() const = 0;
};

}  // namespace muster::ports
