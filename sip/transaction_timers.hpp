// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "core/base/time.hpp"

namespace muster::sip {

/// The values of RFC 3261 section 17.1.1.1, T1 being an estimate of the round trip to a phone.
struct TransactionTimes {
  Duration t1 = std::chrono::milliseconds{500};
  Duration t2 = std::chrono::seconds{4};
  Duration t4 = std::chrono::seconds{5};
  /// Timers B, F, H, J, L and M, and D over UDP.
  [[nodiscard]] Duration patience() const { return 64 * t1; }
};

/// The timers of the four machines, by the letters of RFC 3261 table 4 and RFC 6026.
enum class TransactionTimer { a, b, d, e, f, g, h, i, j, k, l, m };
inline constexpr std::size_t transaction_timer_count = 12;

/// When each timer of one transaction fires. Times beside the enum, not objects with callbacks.
class TransactionTimers {
 public:
  void start(TransactionTimer timer, TimePoint at) { at_[index(timer)] = at; }
  void stop(TransactionTimer timer) { at_[index(timer)].reset(); }
  void stop_all() { at_.fill(std::nullopt); }

  /// Takes the timer that is due first, if one is.
  [[nodiscard]] std::optional<TransactionTimer> take_due(TimePoint now) {
    std::size_t first = at_.size();
    for (std::size_t i = 0; i < at_.size(); ++i) {
      if (at_[i] && *at_[i] <= now && (first == at_.size() || *at_[i] < *at_[first])) first = i;
    }
    if (first == at_.size()) return std::nullopt;
    at_[first].reset();
    return static_cast<TransactionTimer>(first);
  }
  [[nodiscard]] std::optional<TimePoint> deadline() const {
    std::optional<TimePoint> first;
    for (const auto& at : at_) first = earlier(first, at);
    return first;
  }

 private:
  static std::size_t index(TransactionTimer timer) { return static_cast<std::size_t>(timer); }
  std::array<std::optional<TimePoint>, transaction_timer_count> at_;
};

}  // namespace muster::sip
