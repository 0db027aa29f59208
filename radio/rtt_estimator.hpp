// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "core/base/time.hpp"

namespace muster::radio {

/// How long a frame and its acknowledgement take, and how long to wait before sending again.
///
/// RFC 6298 with what a radio hop needs changed: RTO = SRTT + max(5 ms, 4 RTTVAR) + the time an
/// acknowledgement may be held, no floor of a second (2.4), backoff by 1.2 instead of doubling
/// (5.5). Karn's rule (3) is not needed: every transmission has its own number.
class RttEstimator {
 public:
  struct Limits {
    Duration rto_initial = std::chrono::milliseconds{100};
    Duration rto_min{};  ///< where an answer may have to wait for its turn
    Duration rto_max = std::chrono::seconds{3};
    Duration ack_hold_max = std::chrono::milliseconds{5};
    /// The smallest round trip is that of the last three such spans.
    Duration min_rtt_span = std::chrono::seconds{10};
  };

  explicit RttEstimator(Limits limits) : limits_(limits) {}

  /// `rtt` without the time that the far end held its acknowledgement.
  void sample(TimePoint now, Duration rtt);
  /// A frame was not acknowledged within the RTO, nor any since the last such time.
  void timed_out() { ++silent_timeouts_; }
  void acknowledged() { silent_timeouts_ = 0; }

  [[nodiscard]] bool measured() const { return srtt_.has_value(); }
  [[nodiscard]] Duration srtt() const { return srtt_.value_or(Duration{}); }
  [[nodiscard]] Duration min_rtt() const;
  [[nodiscard]] Duration rto() const;
  [[nodiscard]] unsigned silent_timeouts() const { return silent_timeouts_; }

 private:
  Limits limits_;
  std::optional<Duration> srtt_;
  Duration rttvar_{};
  std::array<std::optional<Duration>, 3> minima_;
  TimePoint span_began_{};
  unsigned silent_timeouts_ = 0;
};

}  // namespace muster::radio
