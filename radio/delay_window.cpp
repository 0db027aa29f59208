// SPDX-License-Identifier: Apache-2.0
#include "radio/delay_window.hpp"

#include <algorithm>

namespace muster::radio {

void DelayWindow::restart() {
  window_ = frames(limits_.frames_initial);
  starting_ = true;
  recent_count_ = 0;
}

void DelayWindow::set_frame_bytes(std::size_t frame_bytes) {
  limits_.frame_bytes = frame_bytes;
  window_ = std::clamp(window_, frames(limits_.frames_min), frames(limits_.frames_max));
}

Duration DelayWindow::filtered(Duration queue_delay) {
  recent_[recent_count_++ % recent_.size()] = queue_delay;
  return *std::min_element(recent_.begin(),
                           recent_.begin() + std::min(recent_count_, recent_.size()));
}

void DelayWindow::acknowledged(std::size_t acked, std::size_t in_flight, Duration queue_delay) {
  const double off_target = 1.0 - static_cast<double>(filtered(queue_delay).count()) /
                                      static_cast<double>(limits_.queue_delay_target.count());
  const double octets = static_cast<double>(acked);
  if (off_target < 0.5) starting_ = false;
  // A window that is not used says nothing about what the link would bear.
  const bool used = static_cast<double>(in_flight) * 2 >= window_;
  if (starting_) {
    if (used) window_ += octets;
  } else if (off_target < 0 || used) {
    const double change = 2 * off_target * octets * frames(1) / window_;
    window_ += std::clamp(change, -octets / 2, octets / 2);
  }
  window_ = std::clamp(window_, frames(limits_.frames_min), frames(limits_.frames_max));
}

}  // namespace muster::radio
