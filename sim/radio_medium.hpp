// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "sim/loss_process.hpp"
#include "sim/reach.hpp"

namespace muster::sim {

/// The air between hosts of a matrix scenario: every host sends at its own bit rate, one frame
/// after the other; each listener gets a frame after the delay of the path, or loses it by that
/// path's own chance.
///
/// Pure: `transmit`, then `advance` at the `deadline` and drain `poll`. The same seed and the same
/// calls give the same losses.
class RadioMedium {
 public:
  struct Limits {
    /// What a host's transmitter queues before it drops, as octets; a Wi-Fi driver has about this.
    std::size_t transmit_queue_bytes_max = 128 * 1024;
    /// Octets of link header that a frame may have above the MTU (Ethernet).
    std::size_t frame_overhead_bytes = 14;
  };
  struct Counters {
    std::uint64_t sent = 0;          ///< put on the air by hosts
    std::uint64_t delivered = 0;     ///< receptions
    std::uint64_t lost = 0;          ///< receptions lost by chance
    std::uint64_t out_of_reach = 0;  ///< unicasts to nobody who hears the sender
    std::uint64_t queue_full = 0;    ///< refused by the sender's transmitter
    std::uint64_t too_large = 0;     ///< above the MTU
    std::uint64_t bytes_on_air = 0;
  };
  struct Arrival {
    TimePoint due;
    HostIndex from = 0;
    HostIndex to = 0;
    std::shared_ptr<const Bytes> frame;
  };

  RadioMedium(Topology topology, std::uint32_t mtu_bytes, std::uint64_t seed)
      : RadioMedium(std::move(topology), mtu_bytes, seed, Limits{}) {}
  RadioMedium(Topology topology, std::uint32_t mtu_bytes, std::uint64_t seed, Limits limits);

  /// `from` sends a frame to one host or, with nothing, to all that hear it. False if the sender
  /// dropped it (queue full, too large).
  bool transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to, Bytes frame);

  void partition(const std::vector<std::vector<HostIndex>>& groups) { reach_.partition(groups); }
  void heal() { reach_.heal(); }
  /// From now on frames are lost at `rate`, each by itself, on every path or between two hosts.
  void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between);

  void advance(TimePoint now) { now_ = now; }
  /// The next frame that has arrived by now, in order of its time.
  [[nodiscard]] std::optional<Arrival> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Time on the air of one host, since the start.
  [[nodiscard]] Duration airtime(HostIndex host) const { return airtime_[host]; }
  [[nodiscard]] std::size_t hosts() const { return losses_.size(); }

 private:
  struct Ordered {
    std::uint64_t sequence;
    Arrival arrival;
    friend bool operator>(const Ordered& a, const Ordered& b) {
      return a.arrival.due != b.arrival.due ? a.arrival.due > b.arrival.due
                                            : a.sequence > b.sequence;
    }
  };

  void send_to(HostIndex from, HostIndex to, TimePoint sent,
               const std::shared_ptr<const Bytes>& frame);
  [[nodiscard]] std::uint64_t bitrate(HostIndex from, std::optional<HostIndex> to) const;

  Reach reach_;
  std::vector<std::map<HostIndex, LossProcess>> losses_;
  std::size_t frame_bytes_max_;
  Limits limits_;
  SeededRandom random_;
  std::vector<TimePoint> busy_until_;
  std::vector<Duration> airtime_;
  std::priority_queue<Ordered, std::vector<Ordered>, std::greater<>> in_flight_;
  std::uint64_t sequence_ = 0;
  TimePoint now_{};
  Counters counters_;
};

}  // namespace muster::sim
