// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "core/base/time.hpp"

namespace muster::radio {

/// How many octets may be under way at once, judged by the queue they build and never by loss: on
/// a radio loss says nothing about load. The control law is LEDBAT's (RFC 6817, 2.4.2) without
/// its reaction to loss.
class DelayWindow {
 public:
  struct Limits {
    std::size_t frame_bytes = 1200;
    std::size_t frames_min = 2;
    std::size_t frames_initial = 4;
    std::size_t frames_max = 128;  ///< the acknowledgement's bitmap covers 256
    Duration queue_delay_target = std::chrono::milliseconds{20};
  };

  explicit DelayWindow(Limits limits) : limits_(limits) { restart(); }

  void restart();
  void set_frame_bytes(std::size_t frame_bytes);
  /// `acked` octets left the air, `in_flight` were under way before; `queue_delay` is the round
  /// trip beyond the smallest one.
  void acknowledged(std::size_t acked, std::size_t in_flight, Duration queue_delay);

  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(window_); }

 private:
  [[nodiscard]] Duration filtered(Duration queue_delay);
  [[nodiscard]] double frames(std::size_t count) const {
    return static_cast<double>(count * limits_.frame_bytes);
  }

  Limits limits_;
  double window_ = 0;
  bool starting_ = true;
  std::array<Duration, 4> recent_{};
  std::size_t recent_count_ = 0;
};

}  // namespace muster::radio
