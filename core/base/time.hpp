// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace muster {

using Duration = std::chrono::nanoseconds;

/// The clock of all protocol logic. It has no now(): logic is told the time, it cannot ask.
/// Zero is any moment before the node started; the time never runs backwards.
struct NodeClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<NodeClock, duration>;
  static constexpr bool is_steady = true;
};

using TimePoint = NodeClock::time_point;

/// The earlier of two deadlines, where nothing means never.
[[nodiscard]] inline std::optional<TimePoint> earlier(std::optional<TimePoint> a,
                                                      std::optional<TimePoint> b) {
  if (!a) return b;
  if (!b) return a;
  return *a < *b ? a : b;
}

}  // namespace muster
