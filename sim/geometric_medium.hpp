// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sim/airtime_budget.hpp"
#include "sim/arrival_faults.hpp"
#include "sim/host_grid.hpp"
#include "sim/loss_process.hpp"
#include "sim/medium.hpp"
#include "sim/motion_trace.hpp"
#include "sim/movement.hpp"
#include "sim/propagation.hpp"
#include "sim/radio_profile.hpp"

namespace muster::sim {

/// One radio channel shared by hosts that have places: who is heard how strongly follows from
/// distance and shadowing, who is understood from signal, noise and all the others who send.
///
/// Half-duplex stations that listen before they talk (unless told not to), count down random slots
/// and cannot hear what is hidden from them. A receiver holds on to the first frame whose preamble
/// stands out (of those that begin together the strongest), until a much stronger one captures it.
/// Every stretch of a frame is judged by the
/// interference during that stretch. Repair is not the medium's: no acknowledgement, no retry.
///
/// Pure, and free of libm: the same seed and the same calls give the same on every machine.
class GeometricMedium final : public Medium {
 public:
  struct Settings {
    RadioProfile profile;
    Propagation::Parameters propagation;
    std::uint32_t datagram_bytes_max = 0;
    std::optional<double> duty_cycle;
    bool csma = true;
    Duration delay{};  ///< of the receiver: from the end of a frame to its arrival
    LossModel loss;    ///< on top of what the radio loses
    ArrivalFaultRates faults;
    /// Whose path losses, if it has any, are used instead of what follows from places.
    std::shared_ptr<const MotionTrace> motion;
    TimePoint start{};  ///< of the trace
  };
  GeometricMedium(Settings settings, std::unique_ptr<Movement> movement, std::uint64_t seed);

  bool transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to, Bytes frame) override;

  void partition(const std::vector<std::vector<HostIndex>>& groups) override;
  void heal() override;
  void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) override;
  void move(TimePoint now, HostIndex host, Position position) override;
  /// Another loss on top, for frames from one host to one other.
  void set_path_loss_process(HostIndex from, HostIndex to, LossModel loss);

  /// Other faults for what arrives from one host at one other.
  void set_faults(HostIndex from, HostIndex to, ArrivalFaultRates rates) {
    faults_.set(from, to, rates);
  }

  void advance(TimePoint now) override;
  [[nodiscard]] std::optional<Arrival> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override;

  [[nodiscard]] const Counters& counters() const override { return counters_; }
  [[nodiscard]] Duration airtime(HostIndex host) const override { return stations_[host].airtime; }
  /// Two hosts are joined if at least half of the usual frames get through while nobody else sends.
  [[nodiscard]] std::vector<unsigned> components(const std::vector<bool>& alive) const override;
  [[nodiscard]] std::optional<Position> position(HostIndex host) const override {
    return movement_->positions()[host];
  }
  /// Level above noise of one host's signal at another now.
  [[nodiscard]] Centidecibel level(HostIndex from, HostIndex to) const;

 private:
  using FrameId = std::uint64_t;
  struct Listener {
    HostIndex host;
    Centidecibel level;
    std::uint64_t power;
  };
  using Listeners = std::shared_ptr<const std::vector<Listener>>;
  struct Queued {
    std::optional<HostIndex> to;
    std::shared_ptr<const Bytes> frame;
  };
  struct OnAir {
    HostIndex from;
    Queued what;
    Listeners listeners;
    TimePoint start;
    TimePoint payload_start;
    TimePoint end;
  };
  /// A frame that a receiver follows, and what disturbed it when.
  struct Reception {
    FrameId frame;
    std::uint64_t power;
    bool preamble_found = true;
    std::uint64_t hardship = 0;  ///< of the payload so far
    TimePoint judged_until;
  };
  struct Station {
    std::deque<Queued> queue;
    std::size_t queued_bytes = 0;
    std::optional<FrameId> sending;
    std::uint32_t slots_left = 0;
    TimePoint counting_from;
    std::optional<TimePoint> attempt;
    std::uint64_t attempt_number = 0;  ///< older ones in the heap mean nothing
    std::uint32_t sensed = 0;          ///< signals on the air that it hears
    std::uint64_t power = 0;           ///< sum of all signals on the air
    std::optional<Reception> reception;
    Duration airtime{};
    std::optional<AirtimeBudget> budget;
    Listeners listeners;
    std::uint64_t listeners_epoch = 0;
  };
  enum class Happening { attempt, end };
  struct Event {
    TimePoint at;
    std::uint64_t sequence;
    Happening what;
    HostIndex host;
    std::uint64_t number;  ///< of the attempt or the frame
    friend bool operator>(const Event& a, const Event& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };

  [[nodiscard]] bool separated(HostIndex a, HostIndex b) const { return group_[a] != group_[b]; }
  Listeners listeners_of(HostIndex from);
  /// Those who may hear it; some of them do not.
  void candidates(HostIndex from, std::vector<HostIndex>& hosts) const;
  void change_world(TimePoint now);
  void world_changed();
  [[nodiscard]] std::optional<TimePoint> next_change() const;
  [[nodiscard]] std::optional<TimePoint> next_path_loss() const;

  void contend(TimePoint now, HostIndex host);
  void count_down(TimePoint now, HostIndex host);
  void freeze(TimePoint now, Station& station) const;
  void start_sending(TimePoint now, HostIndex host);
  void stop_sending(TimePoint now, HostIndex host, FrameId id);

  void signal_starts(TimePoint now, const OnAir& frame, FrameId id, const Listener& at);
  void signal_ends(TimePoint now, const OnAir& frame, FrameId id, const Listener& at);
  [[nodiscard]] bool follows(TimePoint now, const std::optional<Reception>& former,
                             std::uint64_t power, Centidecibel ratio) const;
  void judge(TimePoint now, const OnAir& frame, std::uint64_t all, Reception& reception) const;
  void receive(const OnAir& frame, const Listener& at, const Reception& reception);
  void lose(const OnAir& frame, const Listener& at);
  [[nodiscard]] bool meant_for(const OnAir& frame, HostIndex host) const {
    return !frame.what.to || *frame.what.to == host;
  }
  [[nodiscard]] bool lost_on_top(HostIndex from, HostIndex to);
  [[nodiscard]] bool carries(HostIndex from, HostIndex to) const;
  [[nodiscard]] Centidecibel sinr(std::uint64_t signal, std::uint64_t all) const;
  void schedule(TimePoint at, Happening what, HostIndex host, std::uint64_t number);

  Settings settings_;
  std::unique_ptr<Movement> movement_;
  Propagation propagation_;
  Centidecibel half_loss_;        ///< level at which half of the frames arrive
  Centidecibel preamble_needed_;  ///< ratio at which a preamble is found
  Centidecibel capture_needed_;   ///< ratio at which a later frame takes the receiver
  Centidecibel faintest_;         ///< weaker signals do not matter
  double interference_factor_;
  double farthest_m_;
  HostGrid grid_;
  std::size_t path_losses_used_ = 0;
  /// Of a trace with path losses: by sender, then listener; empty without.
  std::vector<std::map<HostIndex, Centidecibel>> measured_;
  std::uint64_t epoch_ = 1;  ///< of places and groups; listeners of an older one are stale
  std::vector<std::size_t> group_;
  std::vector<Station> stations_;
  std::unordered_map<FrameId, OnAir> on_air_;
  FrameId next_frame_ = 0;
  std::unordered_map<std::uint64_t, LossProcess> losses_;  ///< by pair; looked up, never walked
  std::unordered_map<std::uint64_t, LossModel> loss_between_;
  SeededRandom slots_random_;
  SeededRandom errors_random_;
  SeededRandom loss_random_;
  ArrivalFaults faults_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t sequence_ = 0;
  TimePoint now_{};
  ArrivalQueue arrivals_;
  Counters counters_;
};

}  // namespace muster::sim
