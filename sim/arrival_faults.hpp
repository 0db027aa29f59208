// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sim/medium.hpp"

namespace muster::sim {

/// Frames on their way to their receivers, given back in order of time, then of coming in.
class ArrivalQueue {
 public:
  void push(Medium::Arrival arrival) { queue_.push({sequence_++, std::move(arrival)}); }
  /// The next that is due by now.
  [[nodiscard]] std::optional<Medium::Arrival> poll(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  struct Ordered {
    std::uint64_t sequence;
    Medium::Arrival arrival;
    friend bool operator>(const Ordered& a, const Ordered& b) {
      return a.arrival.due != b.arrival.due ? a.arrival.due > b.arrival.due
                                            : a.sequence > b.sequence;
    }
  };
  std::priority_queue<Ordered, std::vector<Ordered>, std::greater<>> queue_;
  std::uint64_t sequence_ = 0;
};

/// What a bad network does to frames that it does not lose: shows them twice, holds them back so
/// that later ones overtake, changes an octet. Each by its own chance, in each reception anew.
class ArrivalFaults {
 public:
  /// `hold_max`: the longest that a frame is held back, and that a second copy comes later.
  ArrivalFaults(ArrivalFaultRates usual, Duration hold_max, std::uint64_t seed)
      : usual_(usual), hold_max_(hold_max), random_(seed) {}

  void set_usual(ArrivalFaultRates usual) { usual_ = usual; }
  /// Other rates for frames from one host to one other.
  void set(HostIndex from, HostIndex to, ArrivalFaultRates rates) { between_[{from, to}] = rates; }
  void deliver(Medium::Arrival arrival, ArrivalQueue& queue);

 private:
  [[nodiscard]] bool happens(double rate) { return rate > 0 && random_.unit() < rate; }
  [[nodiscard]] Duration hold();
  void change_an_octet(Medium::Arrival& arrival);

  ArrivalFaultRates usual_;
  std::map<std::pair<HostIndex, HostIndex>, ArrivalFaultRates> between_;
  Duration hold_max_;
  SeededRandom random_;
};

}  // namespace muster::sim
