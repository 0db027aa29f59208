// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/round_trip.hpp"

namespace muster::overlay {

struct AnswerTimesLimits {
  RoundTrip::Limits round_trip{.timeout_initial = std::chrono::milliseconds{300},
                               .timeout_min = std::chrono::milliseconds{20},
                               .timeout_max = std::chrono::seconds{4},
                               .variation_min = std::chrono::milliseconds{5},
                               .backoff_percent = 130};
  /// A node is taken to be gone when so much silence is that improbable at the measured loss.
  double silence_improbable = 1e-3;
  unsigned silence_min = 4;              ///< and never before so many unanswered questions
  double outcomes_remembered_max = 256;  ///< of all nodes together; then older ones count half
};

/// How all nodes together answer: for those of whom nothing is known yet.
class AnswerTimes {
 public:
  using Limits = AnswerTimesLimits;
  explicit AnswerTimes(Limits limits) : limits_(limits), of_all_(limits.round_trip) {}

  /// How long an answer takes on the slowest link, where all links are slow: so long is waited for
  /// the first answers.
  void set_pace(Duration answer_within);
  void answered(Duration took);
  /// Of a further answer to a question that was answered already.
  void sample(Duration took) { of_all_.sample(took); }
  void silent();
  /// `known`: of that node, if it is known.
  [[nodiscard]] Duration timeout(const RoundTrip* known, unsigned attempt) const;
  /// So many unanswered questions in a row say that a node is gone.
  [[nodiscard]] unsigned silences_allowed() const;
  /// Of questions and their answers together: the share that was lost, 0 to 1.
  [[nodiscard]] double loss() const;
  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  void outcome(bool answered);

  Limits limits_;
  RoundTrip of_all_;
  double asked_ = 0;
  double answered_ = 0;
};

}  // namespace muster::overlay
