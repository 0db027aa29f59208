// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "radio/smoothed_ratio.hpp"

namespace muster::radio {

/// How large frames to one neighbour should be. Where single bits are lost, a long frame arrives
/// less often than a short one; where whole frames are lost, headers make short ones a waste. So
/// the share that arrives is measured for three sizes, and that size is used which brings the most
/// octets of content for each octet on the air.
class FrameSizer {
 public:
  struct Limits {
    /// What a frame costs on the air beside what it may hold: headers, seal, preamble.
    std::size_t overhead_bytes = 100;
    std::size_t shortest_bytes = 320;  ///< no frame is made shorter than this for it
    unsigned memory = 24;              ///< frames of one size over which the share is smoothed
    unsigned trials_min = 4;           ///< before these the other sizes tell what to expect
    unsigned trial_every = 32;         ///< frames until the next larger size is tried again
    unsigned trial_every_min = 2;      ///< approached, by halving, while such trials arrive
  };

  explicit FrameSizer(std::size_t largest_bytes) : FrameSizer(largest_bytes, Limits{}) {}
  FrameSizer(std::size_t largest_bytes, Limits limits);

  void set_largest(std::size_t bytes) { largest_bytes_ = bytes; }
  /// What became of a frame.
  void count(std::size_t bytes, bool arrived);
  /// For the next frame.
  [[nodiscard]] std::size_t next_bytes();
  /// Of all frames but those that try the next larger size.
  [[nodiscard]] std::size_t usual_bytes() const { return bytes_of(best_); }
  /// What was learned no longer holds.
  void restart();

 private:
  static constexpr std::size_t sizes = 3;  ///< a quarter, a half, the whole

  [[nodiscard]] std::size_t bytes_of(std::size_t size) const;
  [[nodiscard]] double share(std::size_t size) const;
  [[nodiscard]] double yield(std::size_t size) const;

  std::size_t largest_bytes_;
  Limits limits_;
  std::array<SmoothedRatio, sizes> arrived_;
  std::size_t best_ = sizes - 1;
  unsigned trial_wait_;
  unsigned since_trial_ = 0;
};

}  // namespace muster::radio
