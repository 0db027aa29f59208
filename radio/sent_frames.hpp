// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "radio/frame_sizer.hpp"
#include "radio/hop_frame.hpp"
#include "radio/send_queue.hpp"
#include "radio/smoothed_ratio.hpp"

namespace muster::radio {

/// What became of the frames sent to one neighbour.
///
/// Every transmission has its own number, so an acknowledgement says which of several
/// transmissions arrived, as an echoed timestamp would: round trips are always unambiguous and an
/// early second transmission does no harm but its airtime (the scheme of RFC 9002, sections 2-6).
class SentFrames {
 public:
  struct Limits {
    std::size_t frames_max = 512;
    /// Frames are taken for lost when one sent so much later has arrived.
    std::uint64_t reorder_frames = 3;
    Duration reorder_time_min = std::chrono::milliseconds{2};
    /// Both grow up to so many times when a frame arrives after all.
    unsigned reorder_scale_max = 16;
    /// How much longer the far end may hold the acknowledgement of a frame that does not ask.
    Duration lazy_ack_hold = std::chrono::milliseconds{100};
    std::size_t frame_bytes_max = 1200;
  };
  struct Frame {
    TimePoint at{};
    std::size_t bytes = 0;
    bool eliciting = false;
    bool tracked =
        false;  ///< false: only carries an acknowledgement, nobody asks what became of it
    std::vector<Piece> pieces{};
  };
  struct Outcome {
    bool news = false;  ///< at least one frame was acknowledged for the first time
    std::size_t bytes_acked = 0;
    std::optional<Duration> rtt{};
    std::vector<Piece> arrived{};
    std::vector<Piece> lost{};
  };

  explicit SentFrames(Limits limits) : limits_(limits), sizer_(limits.frame_bytes_max) {}

  [[nodiscard]] std::uint64_t next_number() const { return first_ + frames_.size(); }
  /// For the header of the next frame: see HopFrame::back.
  [[nodiscard]] std::uint8_t back() const;
  void sent(Frame frame);

  /// Nothing if it acknowledges what was never sent.
  [[nodiscard]] std::optional<Outcome> acknowledge(TimePoint now, const HopAck& ack, Duration srtt);
  /// What was in frames that are due since `rto` and not acknowledged.
  [[nodiscard]] std::vector<Piece> time_out(TimePoint now, Duration rto);
  /// Takes all that is in the air for lost.
  [[nodiscard]] std::vector<Piece> give_up_all(TimePoint now);

  [[nodiscard]] std::optional<TimePoint> earliest_timeout(Duration rto) const;
  [[nodiscard]] std::size_t bytes_in_flight() const { return bytes_in_flight_; }
  [[nodiscard]] double delivery_ratio() const { return ratio_.value(); }
  [[nodiscard]] unsigned delivery_trials() const { return ratio_.trials(); }
  /// How large the next frame with content should be, as far as can be told from those before.
  [[nodiscard]] std::size_t next_frame_bytes() { return sizer_.next_bytes(); }
  [[nodiscard]] std::size_t usual_frame_bytes() const { return sizer_.usual_bytes(); }
  void set_frame_bytes_max(std::size_t bytes) { sizer_.set_largest(bytes); }
  /// The hop was gone: what was lost then says nothing about it now.
  void restart_ratio();
  [[nodiscard]] std::uint64_t spurious() const { return spurious_; }

 private:
  enum class Fate : std::uint8_t {
    in_flight,
    overtaken,  ///< later frames have arrived: sent again elsewhere; may still be acknowledged
    timed_out,  ///< likewise, but after the RTO
    settled,    ///< arrived, lost, or never of interest
  };
  struct Entry {
    Frame frame;
    Fate fate = Fate::in_flight;
    TimePoint suspected_at{};
  };

  void suspect(Entry& entry, Fate fate, TimePoint now, std::vector<Piece>& lost);
  void settle_acknowledged(Entry& entry, Outcome& outcome);
  void judge_gap(Entry& entry, std::uint64_t behind, TimePoint later, Duration srtt, TimePoint now,
                 Outcome& outcome);
  [[nodiscard]] TimePoint due(const Entry& entry, Duration rto) const;
  void drop_settled_front();

  Limits limits_;
  std::deque<Entry> frames_;
  std::uint64_t first_ = 0;  ///< number of frames_.front()
  std::size_t bytes_in_flight_ = 0;
  unsigned reorder_scale_ = 1;
  std::uint64_t spurious_ = 0;
  std::vector<Piece> overflowed_;
  SmoothedRatio ratio_;
  FrameSizer sizer_;
};

}  // namespace muster::radio
