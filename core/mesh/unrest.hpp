// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "core/base/halving.hpp"
#include "core/base/time.hpp"

namespace muster::mesh {

/// Whether ways break so often that it costs less to tell whole tables in rounds than every change
/// by itself. With hysteresis: it begins after several breaks in short time, and ends long after
/// the last.
class Unrest {
 public:
  struct Limits {
    Duration half_life = std::chrono::seconds{20};
    Duration spacing = std::chrono::seconds{1};  ///< breaks closer together count once
    double begins = 2;                           ///< breaks that are not forgotten
    double ends = 0.5;
  };

  explicit Unrest(const Limits& limits) : limits_(limits) {}

  void broke(TimePoint now) {
    if (broke_at_ && now - *broke_at_ < limits_.spacing) return;
    breaks_ = left(now) + 1;
    broke_at_ = now;
    if (breaks_ >= limits_.begins) restless_ = true;
  }
  /// As of the last call of one of these two.
  void advance(TimePoint now) {
    if (restless_ && left(now) < limits_.ends) restless_ = false;
  }
  [[nodiscard]] bool restless() const { return restless_; }

 private:
  [[nodiscard]] double left(TimePoint now) const {
    if (!broke_at_) return 0;
    const std::chrono::duration<double> passed = now - *broke_at_;
    return breaks_ * left_after_halvings(passed / limits_.half_life);
  }

  Limits limits_;
  double breaks_ = 0;  ///< as of `broke_at_`
  std::optional<TimePoint> broke_at_;
  bool restless_ = false;
};

}  // namespace muster::mesh
