// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/answer_times.hpp"

#include <algorithm>
#include <cmath>

namespace muster::overlay {

void AnswerTimes::set_pace(Duration answer_within) {
  auto& limits = limits_.round_trip;
  limits.timeout_initial = std::max(limits.timeout_initial, answer_within);
  limits.timeout_max = std::max(limits.timeout_max, 4 * answer_within);
  if (!of_all_.smoothed()) of_all_ = RoundTrip(limits);
}

void AnswerTimes::outcome(bool answered) {
  ++asked_;
  answered_ += answered ? 1 : 0;
  if (asked_ < limits_.outcomes_remembered_max) return;
  asked_ /= 2;
  answered_ /= 2;
}

void AnswerTimes::answered(Duration took) {
  outcome(true);
  of_all_.sample(took);
}

void AnswerTimes::silent() { outcome(false); }

Duration AnswerTimes::timeout(const RoundTrip* known, unsigned attempt) const {
  const Duration usual = of_all_.timeout(attempt);
  if (known == nullptr || !known->smoothed()) return usual;
  // A node that is asked once in an hour is remembered by how busy it was then.
  return std::min(usual, known->timeout(attempt));
}

double AnswerTimes::loss() const {
  // As if one question had been answered: nothing is known at the beginning.
  return 1 - (answered_ + 1) / (asked_ + 1);
}

unsigned AnswerTimes::silences_allowed() const {
  const double missed = std::clamp(loss(), 0.05, 0.95);
  const double count = std::log(limits_.silence_improbable) / std::log(missed);
  return std::max(limits_.silence_min, static_cast<unsigned>(std::ceil(count)));
}

}  // namespace muster::overlay
