// SPDX-License-Identifier: Apache-2.0
#include "radio/sent_frames.hpp"

#include <algorithm>

namespace muster::radio {
namespace {

bool acknowledges(const HopAck& ack, std::uint64_t behind_largest) {
  if (behind_largest == 0) return true;
  const std::uint64_t bit = behind_largest - 1;
  return bit / 8 < ack.bitmap.size() && (ack.bitmap[bit / 8] >> (bit % 8) & 1) != 0;
}

void take(std::vector<Piece>& from, std::vector<Piece>& to) {
  to.insert(to.end(), from.begin(), from.end());
  from.clear();
}

}  // namespace

std::uint8_t SentFrames::back() const {
  // The front is always a frame of interest, if there is one at all.
  return static_cast<std::uint8_t>(std::min<std::size_t>(frames_.size(), 0xff));
}

void SentFrames::sent(Frame frame) {
  Entry entry{std::move(frame)};
  if (entry.frame.tracked) {
    bytes_in_flight_ += entry.frame.bytes;
  } else {
    entry.fate = Fate::settled;
  }
  frames_.push_back(std::move(entry));
  if (frames_.size() > limits_.frames_max) {
    suspect(frames_.front(), Fate::timed_out, frames_.back().frame.at, overflowed_);
    ratio_.count(false);
    sizer_.count(frames_.front().frame.bytes, false);
    frames_.front().fate = Fate::settled;
  }
  drop_settled_front();
}

std::optional<SentFrames::Outcome> SentFrames::acknowledge(TimePoint now, const HopAck& ack,
                                                           Duration srtt) {
  const std::uint64_t largest = unwrap_number(ack.largest, next_number());
  if (largest >= next_number()) return std::nullopt;
  Outcome outcome;
  if (largest < first_) return outcome;  // overtaken by a later one

  const TimePoint later = frames_[largest - first_].frame.at;
  const bool largest_is_news = frames_[largest - first_].fate != Fate::settled;
  for (std::uint64_t number = first_; number <= largest; ++number) {
    Entry& entry = frames_[number - first_];
    if (entry.fate == Fate::settled) continue;
    if (acknowledges(ack, largest - number)) {
      settle_acknowledged(entry, outcome);
    } else {
      judge_gap(entry, largest - number, later, srtt, now, outcome);
    }
  }
  if (largest_is_news) outcome.rtt = std::max(now - later - ack.hold, Duration{});
  drop_settled_front();
  return outcome;
}

void SentFrames::settle_acknowledged(Entry& entry, Outcome& outcome) {
  outcome.news = true;
  if (entry.fate == Fate::in_flight) {
    bytes_in_flight_ -= entry.frame.bytes;
  } else {
    ++spurious_;
    // Only this tells of reordering; after a timeout it was rather an acknowledgement that was
    // lost.
    if (entry.fate == Fate::overtaken) {
      reorder_scale_ = std::min(reorder_scale_ * 2, limits_.reorder_scale_max);
    }
  }
  outcome.bytes_acked += entry.frame.bytes;
  take(entry.frame.pieces, outcome.arrived);
  entry.fate = Fate::settled;
  ratio_.count(true);
  sizer_.count(entry.frame.bytes, true);
}

void SentFrames::judge_gap(Entry& entry, std::uint64_t behind, TimePoint later, Duration srtt,
                           TimePoint now, Outcome& outcome) {
  if (entry.fate == Fate::in_flight) {
    const Duration reorder_time = std::max(srtt / 4, limits_.reorder_time_min) * reorder_scale_;
    if (behind >= limits_.reorder_frames * reorder_scale_ ||
        later - entry.frame.at >= reorder_time) {
      suspect(entry, Fate::overtaken, now, outcome.lost);
    }
  } else if (later >= entry.suspected_at) {
    // A frame sent after the suspicion has arrived, and this one still has not.
    entry.fate = Fate::settled;
    entry.frame.pieces.clear();
    ratio_.count(false);
    sizer_.count(entry.frame.bytes, false);
  }
}

void SentFrames::suspect(Entry& entry, Fate fate, TimePoint now, std::vector<Piece>& lost) {
  if (entry.fate != Fate::in_flight) return;
  bytes_in_flight_ -= entry.frame.bytes;
  entry.fate = fate;
  entry.suspected_at = now;
  // The pieces stay: should it arrive after all, they need not be sent a third time.
  lost.insert(lost.end(), entry.frame.pieces.begin(), entry.frame.pieces.end());
}

TimePoint SentFrames::due(const Entry& entry, Duration rto) const {
  return entry.frame.at + rto + (entry.frame.eliciting ? Duration{} : limits_.lazy_ack_hold);
}

std::vector<Piece> SentFrames::time_out(TimePoint now, Duration rto) {
  std::vector<Piece> lost;
  take(overflowed_, lost);
  for (Entry& entry : frames_) {
    if (entry.fate == Fate::in_flight && due(entry, rto) <= now)
      suspect(entry, Fate::timed_out, now, lost);
  }
  return lost;
}

std::vector<Piece> SentFrames::give_up_all(TimePoint now) {
  std::vector<Piece> lost;
  take(overflowed_, lost);
  for (Entry& entry : frames_) suspect(entry, Fate::timed_out, now, lost);
  return lost;
}

std::optional<TimePoint> SentFrames::earliest_timeout(Duration rto) const {
  std::optional<TimePoint> earliest;
  for (const Entry& entry : frames_) {
    if (entry.fate != Fate::in_flight) continue;
    earliest = earlier(earliest, due(entry, rto));
    if (entry.frame.eliciting) break;  // those behind it are due later, or not before the first
  }
  return earliest;
}

void SentFrames::restart_ratio() {
  ratio_.restart();
  sizer_.restart();
  for (Entry& entry : frames_) {
    if (entry.fate != Fate::in_flight) entry.fate = Fate::settled;
  }
  drop_settled_front();
}

void SentFrames::drop_settled_front() {
  while (!frames_.empty() && frames_.front().fate == Fate::settled) {
    frames_.pop_front();
    ++first_;
  }
}

}  // namespace muster::radio
