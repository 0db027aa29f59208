// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"

namespace muster::radio {

/// Whether the neighbour hears us and we hear it, and when to ask.
///
/// The proof is an acknowledgement of one of our own frames: a link that works one way only is not
/// up. Silence ends it once it is improbable at the loss measured before.
class LinkLiveness {
 public:
  struct Limits {
    Duration probe_interval_min = std::chrono::seconds{1};  ///< since the last proof
    Duration probe_interval_max = std::chrono::seconds{2};  ///< approached while idle
    Duration probe_retry = std::chrono::milliseconds{150};  ///< after a probe without answer
    /// Between probes while in doubt, approached by doubling: who does not answer is likely gone,
    /// and a link that has only faded is asked again when its neighbour is heard.
    Duration probe_retry_doubtful = std::chrono::seconds{1};
    /// The first retries without any answer yet.
    Duration probe_retry_first = std::chrono::milliseconds{100};
    /// How long a neighbour heard again is asked at the quick pace.
    Duration awake_for = std::chrono::seconds{3};
    /// Frames closer together are lost together: they count as one trial.
    Duration trial_spacing = std::chrono::milliseconds{240};
    Duration probe_interval_down = std::chrono::seconds{1};
    Duration silence_min = std::chrono::seconds{5};
    Duration silence_max = std::chrono::seconds{8};
    double silence_probability = 1e-5;
    double doubt_probability = 5e-3;
    double chance_probability = 2e-2;  ///< of silence after which frames are trials, so far apart
    unsigned trials_min = 5;
    unsigned doubt_trials_min = 4;
    /// How long word by other means than an acknowledgement is as good as one.
    Duration vouched_for = std::chrono::seconds{9};
  };
  enum class State : std::uint8_t {
    unproven,  ///< just made: tries as if up
    up,
    down,
  };

  LinkLiveness(Limits limits, TimePoint now, std::uint64_t seed);

  /// An authentic frame arrived.
  void heard(TimePoint now);
  /// Did it, although nothing was, ask for anything: a proof of ours is due soon as well.
  [[nodiscard]] bool proof_is_old(TimePoint now) const;
  /// A frame of ours was acknowledged; `delivery` and `heard` are shares of frames, each way. True
  /// if the link has come up.
  [[nodiscard]] bool proved(TimePoint now, double delivery, double heard);
  /// Something authentic says that the neighbour hears us, and we have heard it say so. Saves the
  /// question of an idle link; where a question is open, only an acknowledgement answers it, for
  /// broadcasts may get through where other frames do not.
  void vouched(TimePoint now);
  /// While down: asks no more until somebody is heard, or is expected by wake(). Nothing otherwise.
  void rest();
  /// While down: somebody is likely there, so it is asked now, and at the quick pace for a while.
  void wake(TimePoint now);
  [[nodiscard]] bool resting() const { return resting_; }
  /// So much silence is improbable, though not yet so much that the link is down: it had better not
  /// be relied on.
  [[nodiscard]] bool doubtful() const;
  /// While up: whether so many silent timeouts in a row are hardly chance any more, so that to go
  /// on at their pace would only fill the air.
  [[nodiscard]] bool hardly_chance(unsigned silent_timeouts) const;
  /// A frame that must be acknowledged was sent; `payload` if it was more than a probe.
  void asked(TimePoint now, bool payload);
  /// True if the link has gone down.
  [[nodiscard]] bool advance(TimePoint now);

  [[nodiscard]] bool probe_due(TimePoint now) const { return !resting_ && now >= probe_at(); }
  /// Nothing while it rests.
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] State state() const { return state_; }

 private:
  void begin_to_doubt(TimePoint now);
  [[nodiscard]] TimePoint probe_at() const;
  [[nodiscard]] bool silence_is_improbable(double below) const;
  [[nodiscard]] static bool all_fail(unsigned trials, double failure, double below);
  [[nodiscard]] Duration jittered(Duration interval);
  [[nodiscard]] Duration patience(Duration wait) const;

  Limits limits_;
  SeededRandom random_;
  State state_ = State::unproven;
  TimePoint proved_at_;
  TimePoint quiet_from_;  ///< silence counts from here
  std::optional<TimePoint> vouched_at_;
  std::optional<TimePoint> asked_at_;
  std::optional<TimePoint> trial_at_;
  std::optional<TimePoint> heard_while_down_;
  Duration idle_interval_;  ///< before jitter
  Duration idle_wait_;      ///< after a proof
  Duration wait_after_asking_;
  bool resting_ = false;
  unsigned trials_ = 0;
  double trial_failure_ = 0.3;  ///< probability that a question stays without answer
};

}  // namespace muster::radio
