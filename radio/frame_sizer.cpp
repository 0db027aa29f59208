// SPDX-License-Identifier: Apache-2.0
#include "radio/frame_sizer.hpp"

#include <algorithm>
#include <cmath>

namespace muster::radio {

FrameSizer::FrameSizer(std::size_t largest_bytes, Limits limits)
    : largest_bytes_(largest_bytes), limits_(limits), trial_wait_(limits.trial_every) {
  arrived_.fill(SmoothedRatio(limits_.memory));
}

std::size_t FrameSizer::bytes_of(std::size_t size) const {
  const std::size_t part = largest_bytes_ >> (sizes - 1 - size);
  return std::min(largest_bytes_, std::max(part, limits_.shortest_bytes));
}

void FrameSizer::count(std::size_t bytes, bool arrived) {
  std::size_t size = 0;
  while (size + 1 < sizes && bytes > bytes_of(size)) ++size;
  arrived_[size].count(arrived);
  if (size > best_)
    trial_wait_ =
        arrived ? std::max(trial_wait_ / 2, limits_.trial_every_min) : limits_.trial_every;
}

/// Of frames of that size. What was not measured follows from the nearest that was: twice the
/// length arrives with the square of the share, where bits are lost independently.
double FrameSizer::share(std::size_t size) const {
  const auto measured = [&](std::size_t each) {
    return arrived_[each].trials() >= limits_.trials_min;
  };
  if (measured(size)) return arrived_[size].value();
  for (std::size_t apart = 1; apart < sizes; ++apart) {
    if (size + apart < sizes && measured(size + apart)) {
      double value = arrived_[size + apart].value();
      for (std::size_t i = 0; i < apart; ++i) value = std::sqrt(value);
      return value;
    }
    if (size >= apart && measured(size - apart)) {
      double value = arrived_[size - apart].value();
      for (std::size_t i = 0; i < apart; ++i) value *= value;
      return value;
    }
  }
  return 1.0;
}

double FrameSizer::yield(std::size_t size) const {
  const auto bytes = static_cast<double>(bytes_of(size));
  return share(size) * bytes / (bytes + static_cast<double>(limits_.overhead_bytes));
}

std::size_t FrameSizer::next_bytes() {
  std::size_t best = sizes - 1;
  for (std::size_t size = sizes - 1; size-- > 0;) {
    if (bytes_of(size) < bytes_of(size + 1) && yield(size) > yield(best)) best = size;
  }
  best_ = best;
  if (best + 1 < sizes && ++since_trial_ >= trial_wait_) {
    since_trial_ = 0;
    ++best;
  }
  return bytes_of(best);
}

void FrameSizer::restart() {
  for (auto& ratio : arrived_) ratio.restart();
}

}  // namespace muster::radio
