// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/time.hpp"

namespace muster {

/// The round-trip time to one node and how long to wait for an answer. RFC 6298's filter, but
/// without its floor of one second: over radio hops that repeat by themselves it would only add
/// silence. Samples are unambiguous, because acknowledgements say which sending they answer.
class RoundTrip {
 public:
  struct Limits {
    Duration timeout_initial = std::chrono::milliseconds{300};
    Duration timeout_min = std::chrono::milliseconds{30};
    Duration timeout_max = std::chrono::seconds{4};
    Duration variation_min = std::chrono::milliseconds{5};
    unsigned backoff_percent = 130;  ///< of the wait before, each time nothing came
  };
  explicit RoundTrip(Limits limits) : limits_(limits) {}

  void sample(Duration took);
  /// The wait after sending number `attempt`, counted from 0.
  [[nodiscard]] Duration timeout(unsigned attempt) const;
  /// Nothing before the first sample.
  [[nodiscard]] std::optional<Duration> smoothed() const { return smoothed_; }

 private:
  Limits limits_;
  std::optional<Duration> smoothed_;
  Duration variation_{};
};

}  // namespace muster
