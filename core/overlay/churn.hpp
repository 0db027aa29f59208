// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/base/time.hpp"

namespace muster::overlay {

/// How fast members go out of reach: an exponentially fading count (RFC 7363 section 6.2 counts
/// over a sliding window instead; one number a node is enough here).
class Churn {
 public:
  /// What happened so long ago counts 1/e.
  explicit Churn(Duration memory) : memory_(memory) {}

  void departed(TimePoint now);
  /// The probability that one of `members` departs within `span`, 0 to 1.
  [[nodiscard]] double departure_within(TimePoint now, Duration span, std::size_t members) const;
  /// Departures of one of `members` in a second.
  [[nodiscard]] double rate(TimePoint now, std::size_t members) const;

 private:
  [[nodiscard]] double count_at(TimePoint now) const;
  Duration memory_;
  double count_ = 0;
  TimePoint counted_at_{};
};

}  // namespace muster::overlay
