// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/churn.hpp"

#include <algorithm>
#include <cmath>

namespace muster::overlay {
namespace {

double seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

double Churn::count_at(TimePoint now) const {
  return count_ * std::exp(-seconds(std::max(now - counted_at_, Duration{})) / seconds(memory_));
}

void Churn::departed(TimePoint now) {
  count_ = count_at(now) + 1;
  counted_at_ = now;
}

double Churn::departure_within(TimePoint now, Duration span, std::size_t members) const {
  return 1 - std::exp(-rate(now, members) * seconds(span));
}

double Churn::rate(TimePoint now, std::size_t members) const {
  if (members == 0) return 0;
  return count_at(now) / seconds(memory_) / static_cast<double>(members);
}

}  // namespace muster::overlay
