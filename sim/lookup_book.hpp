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
    std::optional<double> success_ratio;
    std::optional<double> frames_each;
    std::optional<double> bytes_each;
    Distribution latency;  ///< of those that succeeded
  };

  /// A look-up that never had an answer is one that timed out.
  void attempted() { ++attempted_; }
  void answered(Duration took, Outcome outcome, std::uint64_t frames, std::uint64_t bytes) {
    if (outcome == Outcome::newest) {
      ++succeeded_;
      latency_.add(took);
    }
    false_negatives_ += outcome == Outcome::false_negative;
    frames_ += frames;
    bytes_ += bytes;
  }
  /// Nobody within reach knows: there was nothing to be found, and nothing is counted.
  void withdrawn() { --attempted_; }

  [[nodiscard]] Totals totals() const {
    Totals totals{attempted_, succeeded_, false_negatives_, {}, {}, {}, latency_};
    if (attempted_ == 0) return totals;
    const auto each = static_cast<double>(attempted_);
    totals.success_ratio = static_cast<double>(succeeded_) / each;
    totals.frames_each = static_cast<double>(frames_) / each;
    totals.bytes_each = static_cast<double>(bytes_) / each;
    return totals;
  }

 private:
  std::uint64_t attempted_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t false_negatives_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  Distribution latency_;
};

}  // namespace muster::sim
