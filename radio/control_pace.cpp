// SPDX-License-Identifier: Apache-2.0
#include "radio/control_pace.hpp"

#include <algorithm>
#include <chrono>

namespace muster::radio {
namespace {

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

/// How much of a burst must have come back before the next one begins.
constexpr double opens_above = 0;

}  // namespace

void ControlPace::set_stations(std::size_t count) {
  stations_ = std::max<std::size_t>(count, 1);
  if (!judged_once_) rate_ = floor();
}

void ControlPace::acknowledged(Duration delay, double delivery) {
  delays_ += delay;
  deliveries_ += delivery;
  ++count_;
}

/// What was sent in excess is forgotten after a second.
void ControlPace::sent(std::size_t bytes) {
  const double debt_max = std::max(rate_, limits_.burst_bytes);
  level_ = std::max(level_ - static_cast<double>(bytes), -debt_max);
}

bool ControlPace::open(TimePoint now) {
  fill(now);
  if (level_ > opens_above) return true;
  limiting_ = true;
  used_ = now;
  return false;
}

TimePoint ControlPace::opens_at() const {
  if (level_ > opens_above) return filled_;
  const double wait = (opens_above - level_ + 1) / rate_;
  return filled_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wait));
}

void ControlPace::fill(TimePoint now) {
  if (now <= filled_) return;
  if (now - judged_ >= limits_.judge_every) judge(now);
  const double burst = std::max(limits_.burst_bytes, rate_ * seconds(limits_.delay_target));
  level_ = std::min(burst, level_ + rate_ * seconds(now - filled_));
  filled_ = now;
}

/// Nobody waited for the rate: it is not known to be too low. Nothing came back: neither.
void ControlPace::judge(TimePoint now) {
  judged_ = now;
  judged_once_ = true;
  if (now - used_ > limits_.unused_after) {
    rate_ = floor();
    starting_ = true;
  } else if (count_ > 0) {
    const double delivery = deliveries_ / count_;
    if (delays_ / count_ > limits_.delay_target || delivery < limits_.falls_below_delivery) {
      rate_ *= limits_.fall;
      starting_ = false;
    } else if (limiting_ && delivery >= limits_.rises_from_delivery) {
      rate_ *= starting_ ? limits_.rise_at_first : limits_.rise;
    }
  }
  rate_ = std::clamp(rate_, floor(), limits_.rate_max_bytes_s);
  limiting_ = false;
  delays_ = {};
  deliveries_ = 0;
  count_ = 0;
}

}  // namespace muster::radio
