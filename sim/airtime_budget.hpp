// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "core/base/time.hpp"

namespace muster::sim {

/// Whether one transmitter keeps to its duty cycle: in no hour more than that share of it on the
/// air (the observation period of ETSI EN 300 220). Remembers the transmissions of the last hour.
class AirtimeBudget {
 public:
  explicit AirtimeBudget(double duty_cycle)
      : allowed_(static_cast<std::int64_t>(duty_cycle * static_cast<double>(period.count()))) {}

  /// Counts a transmission that starts now; false if it is over the budget.
  bool spend(TimePoint now, Duration on_air) {
    while (!spent_.empty() && spent_.front().end <= now - period) {
      sum_ -= spent_.front().on_air;
      spent_.pop_front();
    }
    spent_.push_back({now + on_air, on_air});
    sum_ += on_air;
    return sum_ <= allowed_;
  }

 private:
  static constexpr Duration period = std::chrono::hours{1};
  struct Spent {
    TimePoint end;
    Duration on_air;
  };

  Duration allowed_;
  Duration sum_{};
  std::deque<Spent> spent_;
};

}  // namespace muster::sim
