// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/host_path.hpp"
#include "sim/motion_trace.hpp"

namespace muster::sim {

/// The way of one host of a trace, that begins with the scenario.
class TracePath final : public HostPath {
 public:
  TracePath(std::shared_ptr<const MotionTrace> trace, HostIndex host, TimePoint start)
      : trace_(std::move(trace)), way_(trace_->ways[host]), start_(start) {}

  Leg first(TimePoint now) override { return next(now, way_.start); }
  Leg next(TimePoint, Position from) override {
    if (next_ == way_.stretches.size()) return stay(from);
    const auto& stretch = way_.stretches[next_++];
    // A stretch without time is a jump; even that takes a moment.
    const auto arrive = std::max(stretch.arrive, stretch.depart + std::chrono::nanoseconds{1});
    return {stretch.from, stretch.to, start_ + stretch.depart, start_ + arrive};
  }
  /// Stays until the trace has it leave again.
  Leg resume(TimePoint now, Position from) override {
    while (next_ < way_.stretches.size() && start_ + way_.stretches[next_].depart < now) ++next_;
    auto leg = next(now, from);
    leg.from = from;
    return leg;
  }

 private:
  std::shared_ptr<const MotionTrace> trace_;
  const MotionTrace::Way& way_;
  TimePoint start_;
  std::size_t next_ = 0;
};

}  // namespace muster::sim
