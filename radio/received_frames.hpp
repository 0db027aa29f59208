// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "radio/hop_frame.hpp"
#include "radio/smoothed_ratio.hpp"

namespace muster::radio {

/// Which frames of one life of the neighbour have arrived, and when it is to be told.
class ReceivedFrames {
 public:
  struct Limits {
    Duration ack_hold_max = std::chrono::milliseconds{5};
    Duration lazy_ack_hold = std::chrono::milliseconds{100};
    unsigned frames_per_ack = 2;
    /// Acknowledgements are repeated in so many frames that are sent anyway: almost free, and one
    /// lost does not cost the neighbour a transmission.
    unsigned ack_repeats = 3;
  };
  static constexpr std::uint64_t remembered = 1024;

  explicit ReceivedFrames(Limits limits) : limits_(limits) {}

  /// The full number of a frame; nothing if it came before or is too old to tell.
  [[nodiscard]] std::optional<std::uint64_t> fresh(std::uint32_t number) const;
  void record(TimePoint now, std::uint64_t number, const HopFrame& frame);

  /// True from the time on when an acknowledgement is worth a frame of its own.
  [[nodiscard]] bool ack_due(TimePoint now) const { return due_ && *due_ <= now; }
  [[nodiscard]] std::optional<TimePoint> deadline() const { return due_; }
  /// For a frame that is sent now; nothing if the neighbour has been told often enough.
  [[nodiscard]] std::optional<HopAck> take_ack(TimePoint now, std::uint16_t tag,
                                               std::size_t bitmap_bytes_max);

  /// Share of the neighbour's frames that arrive here.
  [[nodiscard]] double heard_ratio() const { return ratio_.value(); }
  void restart_ratio() {
    ratio_.restart();
    known_ = 0;
  }

 private:
  void advance_to(std::uint64_t number);

  Limits limits_;
  bool any_ = false;
  std::uint64_t largest_ = 0;
  TimePoint largest_at_{};
  std::uint8_t back_ = 0;
  std::bitset<remembered> seen_;  ///< bit i: largest_ - i
  std::uint64_t known_ = 0;       ///< how many numbers up to largest_ the ratio may judge
  unsigned unacknowledged_ = 0;
  unsigned repeats_left_ = 0;
  std::optional<TimePoint> due_;
  SmoothedRatio ratio_;
};

}  // namespace muster::radio
