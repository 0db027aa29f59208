// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"

namespace muster::security {

/// When to send a handshake message again: intervals that grow by 1.2 to 1.5, so that two sides
/// never stay in step, up to a bound, for a bounded number of tries.
class SessionResend {
 public:
  struct Policy {
    Duration first = std::chrono::milliseconds{100};
    Duration longest = std::chrono::seconds{1};
    unsigned tries_max = 24;
  };

  /// The first try is made now, by the owner.
  SessionResend(TimePoint now, const Policy& policy, SeededRandom& random)
      : policy_(policy), interval_(policy.first), tries_left_(policy.tries_max) {
    step(now, random);
  }

  [[nodiscard]] TimePoint due() const { return due_; }
  /// True when the last try was given its time too.
  [[nodiscard]] bool exhausted() const { return tries_left_ == 0; }
  /// One try was made.
  void step(TimePoint now, SeededRandom& random) {
    if (tries_left_ > 0) --tries_left_;
    due_ = now + stretched(interval_, 1.0 + 0.2 * random.unit());
    interval_ = std::min(policy_.longest, stretched(interval_, 1.2 + 0.3 * random.unit()));
  }
  /// No more tries; the owner waits a while for an answer to those made.
  void stop(TimePoint wait_until) {
    tries_left_ = 0;
    due_ = wait_until;
  }
  /// The other side was faster: give it time before the next try.
  void hold(TimePoint now) { due_ = std::max(due_, now + 3 * interval_); }

 private:
  static Duration stretched(Duration duration, double factor) {
    return std::chrono::duration_cast<Duration>(duration * factor);
  }

  Policy policy_;
  Duration interval_;
  unsigned tries_left_;
  TimePoint due_;
};

}  // namespace muster::security
