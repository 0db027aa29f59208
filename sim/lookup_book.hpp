// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/distribution.hpp"

namespace muster::sim {

/// What became of the look-ups of a drill.
class LookupBook {
 public:
  enum class Outcome : std::uint8_t {
    newest,          ///< what was found is the newest that anybody within reach holds
    outdated,        ///< found, but somebody within reach holds a newer version
    false_negative,  ///< "there is none", while somebody within reach holds one
    timed_out,
  };
  struct Totals {
    std::uint64_t attempted = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t false_negatives = 0;
    std::uint64_t outdated = 0;
    std::uint64_t absent = 0;      ///< rightly: nobody within reach knew
    std::uint64_t unknown = 0;     ///< those who might know were silent
    std::uint64_t unfinished = 0;  ///< under way when the run ended, and within their time
    std::optional<double> success_ratio;
    std::optional<double> frames_each;
    std::optional<double> bytes_each;
    Distribution latency;  ///< of those that succeeded
  };

  /// A look-up that never had an answer is one that timed out.
  void attempted() { ++attempted_; }
  void answered(Duration took, Outcome outcome) {
    if (outcome == Outcome::newest) {
      ++succeeded_;
      latency_.add(took);
    }
    false_negatives_ += outcome == Outcome::false_negative;
    outdated_ += outcome == Outcome::outdated;
    unknown_ += outcome == Outcome::timed_out;
  }
  /// Nobody within reach knows: there was nothing to be found, and nothing is counted as tried.
  void withdrawn() {
    --attempted_;
    ++absent_;
  }
  /// The run is over before the look-up could be: that says nothing about it.
  void unfinished() {
    --attempted_;
    ++unfinished_;
  }
  /// On the air, by anybody, for look-ups.
  void frame(std::size_t bytes) {
    ++frames_;
    bytes_ += bytes;
  }

  [[nodiscard]] Totals totals() const {
    Totals totals{attempted_, succeeded_, false_negatives_, outdated_,
                  absent_,    unknown_,   unfinished_,      {},
                  {},         {},         latency_};
    if (attempted_ == 0) return totals;
    totals.success_ratio = static_cast<double>(succeeded_) / static_cast<double>(attempted_);
    const auto each = static_cast<double>(attempted_ + absent_ + unfinished_);
    totals.frames_each = static_cast<double>(frames_) / each;
    totals.bytes_each = static_cast<double>(bytes_) / each;
    return totals;
  }

 private:
  std::uint64_t attempted_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t false_negatives_ = 0;
  std::uint64_t outdated_ = 0;
  std::uint64_t absent_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t unfinished_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  Distribution latency_;
};

}  // namespace muster::sim
