// SPDX-License-Identifier: Apache-2.0
#include "radio/rtt_estimator.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

constexpr Duration rttvar_floor = std::chrono::milliseconds{5};

}  // namespace

void RttEstimator::sample(TimePoint now, Duration rtt) {
  rtt = std::max(rtt, Duration{std::chrono::microseconds{1}});
  if (!srtt_) {
    srtt_ = rtt;
    rttvar_ = rtt / 2;
    span_began_ = now;
  } else {
    const Duration off = rtt > *srtt_ ? rtt - *srtt_ : *srtt_ - rtt;
    rttvar_ = (3 * rttvar_ + off) / 4;
    srtt_ = (7 * *srtt_ + rtt) / 8;
  }
  if (now - span_began_ >= limits_.min_rtt_span) {
    std::rotate(minima_.begin(), minima_.end() - 1, minima_.end());
    minima_[0].reset();
    span_began_ = now;
  }
  minima_[0] = minima_[0] ? std::min(*minima_[0], rtt) : rtt;
}

Duration RttEstimator::min_rtt() const {
  std::optional<Duration> least;
  for (const auto& minimum : minima_) {
    if (minimum && (!least || *minimum < *least)) least = minimum;
  }
  return least.value_or(srtt());
}

Duration RttEstimator::rto() const {
  Duration rto = limits_.rto_initial;
  if (srtt_) rto = *srtt_ + std::max(rttvar_floor, 4 * rttvar_) + limits_.ack_hold_max;
  rto = std::max(rto, limits_.rto_min);
  // The limit is for the backoff only: a slow link may well need more.
  for (unsigned i = 1; i < silent_timeouts_ && rto < limits_.rto_max; ++i) rto = rto * 6 / 5;
  return rto;
}

}  // namespace muster::radio
