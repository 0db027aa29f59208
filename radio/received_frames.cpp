// SPDX-License-Identifier: Apache-2.0
#include "radio/received_frames.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

/// A frame so far behind the newest is late for good, as far as the ratio is concerned.
constexpr std::uint64_t judged_behind = 8;

}  // namespace

std::optional<std::uint64_t> ReceivedFrames::fresh(std::uint32_t number) const {
  if (!any_) return number;
  const std::uint64_t full = unwrap_number(number, largest_);
  if (full > largest_) return full;
  const std::uint64_t behind = largest_ - full;
  if (behind >= remembered || seen_[behind]) return std::nullopt;
  return full;
}

void ReceivedFrames::advance_to(std::uint64_t number) {
  const std::uint64_t step = any_ ? number - largest_ : 1;
  for (std::uint64_t i = 0; i < std::min(step, remembered); ++i) {
    if (known_ + i < judged_behind) continue;
    const bool was_seen = i < judged_behind && seen_[judged_behind - 1 - i];
    ratio_.count(was_seen);
  }
  known_ = std::min(known_ + step, remembered);
  if (step < remembered) {
    seen_ <<= step;
  } else {
    seen_.reset();
  }
  largest_ = number;
  any_ = true;
}

void ReceivedFrames::record(TimePoint now, std::uint64_t number, const HopFrame& frame) {
  if (!any_ || number > largest_) {
    advance_to(number);
    largest_at_ = now;
    back_ = frame.back;
  }
  seen_.set(largest_ - number);
  if (!frame.eliciting && frame.chunks.empty()) return;

  repeats_left_ = limits_.ack_repeats;
  // Probes are answered at once; what may wait does.
  TimePoint due = now + limits_.lazy_ack_hold;
  if (frame.eliciting) {
    const bool now_due = ++unacknowledged_ >= limits_.frames_per_ack || frame.chunks.empty();
    due = now_due ? now : now + limits_.ack_hold_max;
  }
  due_ = due_ ? std::min(*due_, due) : due;
}

std::optional<HopAck> ReceivedFrames::take_ack(TimePoint now, std::uint16_t tag,
                                               std::size_t bitmap_bytes_max) {
  if (!any_ || repeats_left_ == 0) return std::nullopt;
  --repeats_left_;
  due_.reset();
  unacknowledged_ = 0;
  HopAck ack;
  ack.tag = tag;
  ack.largest = static_cast<std::uint32_t>(largest_);
  ack.hold = now - largest_at_;
  const std::size_t bits = std::min<std::size_t>(back_, 8 * bitmap_bytes_max);
  ack.bitmap.resize((bits + 7) / 8);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if (seen_[bit + 1]) ack.bitmap[bit / 8] |= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  while (!ack.bitmap.empty() && ack.bitmap.back() == 0) ack.bitmap.pop_back();
  return ack;
}

}  // namespace muster::radio
