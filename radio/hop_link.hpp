// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "radio/codel.hpp"
#include "radio/delay_window.hpp"
#include "radio/inbox.hpp"
#include "radio/link_liveness.hpp"
#include "radio/received_frames.hpp"
#include "radio/rtt_estimator.hpp"
#include "radio/send_queue.hpp"
#include "radio/sent_frames.hpp"

namespace muster::radio {

/// Everything between two neighbours over one session: packets become frames, lost frames are sent
/// again, and it is known how good the hop is and whether it is there at all.
///
/// A pure state machine. Frames are handed in and out as plaintext: whoever drives it seals them,
/// so a frame that arrives is authentic, but may still make no sense, which is counted and dropped.
class HopLink {
 public:
  struct Limits {
    std::size_t frame_bytes_max = 1200;  ///< plaintext; at least frame_bytes_min
    std::size_t packet_bytes_max = 32768;
    std::size_t queue_bytes_max = 512 * 1024;        ///< packets kept for sending
    std::size_t reassembly_bytes_max = 1024 * 1024;  ///< packets that have arrived in part
    std::size_t window_frames_max = 128;
    /// What FLASH may have under way beyond the window, which others may have filled.
    std::size_t flash_frames_beyond = 0;
    Duration queue_delay_target = std::chrono::milliseconds{20};
    Duration rto_initial = std::chrono::milliseconds{100};
    Duration rto_min{};
    Duration rto_max = std::chrono::seconds{3};
    Duration min_rtt_span = std::chrono::seconds{10};
    Duration ack_hold_max = std::chrono::milliseconds{5};
    Codel::Limits codel{};  ///< of each class below FLASH
    LinkLiveness::Limits liveness{};
  };
  static constexpr std::size_t frame_bytes_min = 128;

  /// `octets_of_kind[k]`: how much of the frame belongs to packets whose first octet is k. What
  /// the kinds mean is for those who submit them; higher ones are not counted.
  struct Transmit {
    Bytes frame;
    std::array<std::uint16_t, 8> octets_of_kind{};
  };
  /// Whole, each at most once; in any order.
  struct Deliver {
    Bytes packet;
  };
  struct Dropped {
    Precedence precedence = Precedence::routine;
    DropReason reason = DropReason::expired;
  };
  struct UpDown {
    bool up = false;
  };
  using Output = std::variant<Transmit, Deliver, Dropped, UpDown>;

  struct Counters {
    std::uint64_t frames_sent = 0;
    std::uint64_t frames_received = 0;
    std::uint64_t packets_submitted = 0;
    std::uint64_t packets_delivered = 0;
    std::uint64_t packets_dropped = 0;
    std::uint64_t pieces_sent_again = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t spurious = 0;           ///< sent again although the first had arrived
    std::uint64_t malformed = 0;          ///< frames that make no sense
    std::uint64_t stale_frames = 0;       ///< received twice, too late, or of a former life
    std::uint64_t duplicate_packets = 0;  ///< received again, or settled at their sender
    std::uint64_t reassembly_full = 0;    ///< left unacknowledged for want of room
    std::uint64_t bad_acks = 0;           ///< for what was never sent
  };
  struct Quality {
    bool up = false;
    double delivery_ratio = 1.0;   ///< of our frames, as acknowledged; smoothed over some 64
    unsigned delivery_trials = 0;  ///< how many frames that rests on, up to some 64
    double heard_ratio = 1.0;      ///< of the neighbour's frames, by gaps in their numbers
    Duration srtt{};
    Duration rto{};
    std::size_t queue_bytes = 0;
    std::size_t window_bytes = 0;
    std::size_t whole_packet_bytes = 0;  ///< larger packets go in several frames
    Counters counters;
  };

  /// `seed` must be another one for each new HopLink to the same neighbour, also after a restart:
  /// with `now` it makes the tag by which the neighbour tells one life from the next.
  HopLink(Limits limits, TimePoint now, std::uint64_t seed);

  void submit(TimePoint now, BytesView packet, Precedence precedence, Reliability reliability,
              std::optional<TimePoint> expires);
  void receive(TimePoint now, BytesView frame);
  void advance(TimePoint now);
  /// The neighbour has said elsewhere that it hears us.
  void vouched(TimePoint now);
  /// See SendQueue::take_back.
  [[nodiscard]] std::vector<SendQueue::Taken> take_back(
      const std::function<bool(BytesView)>& which) {
    return queue_.take_back(which);
  }
  /// While down: asks no more whether the neighbour is there, until it is heard or wake() is
  /// called.
  void rest();
  /// The neighbour is likely there.
  void wake(TimePoint now);
  [[nodiscard]] bool resting() const { return liveness_.resting(); }

  /// Frames are made here, with the time of the latest call: packets submitted together share one.
  [[nodiscard]] std::optional<Output> poll();
  /// The same, but makes no frame: for a link that says itself when it takes the next one. wants()
  /// then tells whether poll() would give one; the deadline stays in the past until it did.
  [[nodiscard]] std::optional<Output> poll_event();
  /// The precedence of the frame that poll() would make; nothing if it would make none.
  [[nodiscard]] std::optional<Precedence> wants() const;
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] Quality quality() const;
  /// Octets that may be handed over before they only wait for others of this hop.
  [[nodiscard]] std::size_t room() const {
    return queue_.bytes() < window_.bytes() ? window_.bytes() - queue_.bytes() : 0;
  }
  /// How much longer than the quickest one the newest round trip took; told once.
  [[nodiscard]] std::optional<Duration> take_queue_delay() {
    return std::exchange(queue_delay_, std::nullopt);
  }
  [[nodiscard]] double delivery_ratio() const { return sent_.delivery_ratio(); }
  [[nodiscard]] bool doubtful() const { return liveness_.doubtful(); }
  /// Nothing has been answered for so long that it is hardly chance: what can go another way had
  /// better go there, although the neighbour may well be there.
  [[nodiscard]] bool hesitates() const {
    return liveness_.doubtful() || liveness_.hardly_chance(rtt_.silent_timeouts());
  }
  [[nodiscard]] bool up() const { return liveness_.state() == LinkLiveness::State::up; }
  /// For a path with another MTU. What is under way is cut anew when it is sent again.
  void set_frame_bytes_max(std::size_t frame_bytes_max);

 private:
  void note_time(TimePoint now);
  [[nodiscard]] bool of_this_life(std::uint16_t tag);
  void take_ack(const HopAck& ack);
  [[nodiscard]] bool take_chunks(const HopFrame& frame);
  void send_again(const std::vector<Piece>& pieces);
  void report(const SendQueue::Drops& drops);
  void check_timeouts();
  [[nodiscard]] Duration rto() const;
  void go_down();
  void come_up();

  void make_frame();
  [[nodiscard]] bool may_send_data() const;
  void transmit(bool with_data, bool eliciting);
  [[nodiscard]] std::size_t bitmap_bytes_max() const;
  [[nodiscard]] std::size_t whole_bytes_max(std::size_t frame_bytes) const;

  Limits limits_;
  TimePoint now_;
  std::uint16_t tag_;
  std::optional<std::uint16_t> peer_tag_;
  std::optional<std::uint16_t> former_peer_tag_;

  SendQueue queue_;
  SentFrames sent_;
  ReceivedFrames received_;
  Inbox inbox_;
  RttEstimator rtt_;
  DelayWindow window_;
  LinkLiveness liveness_;

  std::optional<Duration> queue_delay_;
  std::optional<TimePoint> timed_out_at_;
  bool answer_with_question_ = false;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::radio
