// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/time.hpp"

namespace muster::radio {

/// How much a station may say of its own accord (routes, records) on a channel that many share.
///
/// Each hop looks after its own window, but a dozen hops with two frames under way each are two
/// dozen frames that wait for the same air, and so it is with every neighbour: the channel fills,
/// frames collide, and what is lost is sent again. Here all hops of a link have one rate between
/// them. It rises only while frames neither wait (as in DelayWindow) nor are lost: stations that do
/// not hear each other collide long before they wait. On a channel that loses for other reasons
/// it stays at this station's share of what such a channel carries in any case; what users say is
/// not held to it.
///
/// A pure state machine.
class ControlPace {
 public:
  struct Limits {
    /// Of all stations together: a twelfth of 6 Mbit/s. Stations that do not hear each other
    /// collide on a channel that is far from full.
    double floor_bytes_s = 60'000;
    double rate_max_bytes_s = 1e9;
    double burst_bytes = 3000;  ///< may be sent at once, however slow
    Duration delay_target = std::chrono::milliseconds{20};
    Duration judge_every = std::chrono::milliseconds{100};
    Duration unused_after = std::chrono::seconds{5};  ///< then the rate is found anew
    double rises_from_delivery = 0.85;                ///< of frames, as acknowledged
    double falls_below_delivery = 0.75;
    double fall = 0.7;
    double rise = 1.1;
    double rise_at_first = 2.0;  ///< until the channel has made wait for the first time
  };

  ControlPace(Limits limits, TimePoint now)
      : limits_(limits), rate_(limits.floor_bytes_s), level_(limits.burst_bytes), filled_(now) {
    judged_ = used_ = now;
  }

  /// So many hear each other, this station included.
  void set_stations(std::size_t count);
  /// A frame was acknowledged: frame and word of it took so much longer than the quickest ones, and
  /// such a share of those to that neighbour arrives.
  void acknowledged(Duration delay, double delivery);
  /// Whether anything more may be sent; if not, opens_at() tells when.
  [[nodiscard]] bool open(TimePoint now);
  [[nodiscard]] TimePoint opens_at() const;
  void sent(std::size_t bytes);
  [[nodiscard]] double rate_bytes_s() const { return rate_; }

 private:
  void fill(TimePoint now);
  void judge(TimePoint now);
  [[nodiscard]] double floor() const {
    return limits_.floor_bytes_s / static_cast<double>(stations_);
  }

  Limits limits_;
  std::size_t stations_ = 1;
  double rate_;
  double level_;
  TimePoint filled_;
  TimePoint judged_;
  TimePoint used_;         ///< when it last made anybody wait
  bool limiting_ = false;  ///< since the last judgement
  bool starting_ = true;
  bool judged_once_ = false;
  Duration delays_{};
  double deliveries_ = 0;
  int count_ = 0;  ///< of both
};

}  // namespace muster::radio
