// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "sim/airtime_budget.hpp"
#include "sim/arrival_faults.hpp"
#include "sim/loss_process.hpp"
#include "sim/medium.hpp"
#include "sim/reach.hpp"

namespace muster::sim {

/// The air between hosts of a matrix scenario: every host sends at its own bit rate, one frame
/// after the other; each listener gets a frame after the delay of the path, or loses it by that
/// path's own chance.
///
/// Pure: `transmit`, then `advance` at the `deadline` and drain `poll`. The same seed and the same
/// calls give the same losses.
class RadioMedium final : public Medium {
 public:
  struct Limits {
    /// What a host's transmitter queues before it drops, as octets; a Wi-Fi driver has about this.
    std::size_t transmit_queue_bytes_max = 128 * 1024;
    /// Octets of link header that a frame may have above the MTU (Ethernet).
    std::size_t frame_overhead_bytes = 14;
    /// Octets that every frame has on the air beside those handed in: where hosts hand in bare
    /// datagrams, the headers around them.
    std::size_t header_bytes = 0;
    /// How long a frame that is held back or repeated comes later, at most.
    Duration hold_max = std::chrono::milliseconds{20};
  };
  RadioMedium(Topology topology, std::uint32_t mtu_bytes, std::uint64_t seed)
      : RadioMedium(std::move(topology), mtu_bytes, seed, Limits{}) {}
  RadioMedium(Topology topology, std::uint32_t mtu_bytes, std::uint64_t seed, Limits limits);

  bool transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to, Bytes frame) override;

  void partition(const std::vector<std::vector<HostIndex>>& groups) override {
    reach_.partition(groups);
  }
  void heal() override { reach_.heal(); }
  void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) override;
  void move(TimePoint, HostIndex, Position) override {}

  /// What happens to frames that are not lost: everywhere, and from one host to one other.
  void set_faults(ArrivalFaultRates usual) { faults_.set_usual(usual); }
  void set_faults(HostIndex from, HostIndex to, ArrivalFaultRates rates) {
    faults_.set(from, to, rates);
  }
  /// Counts frames above this share of time on the air.
  void set_duty_cycle(double share) { budgets_.assign(hosts(), AirtimeBudget(share)); }
  /// Whether two hosts that have a path hear each other now; at the start they do.
  void connect(HostIndex a, HostIndex b, bool up) { reach_.connect(a, b, up); }

  void advance(TimePoint now) override { now_ = now; }
  [[nodiscard]] std::optional<Arrival> poll() override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override;

  [[nodiscard]] const Counters& counters() const override { return counters_; }
  [[nodiscard]] Duration airtime(HostIndex host) const override { return airtime_[host]; }
  [[nodiscard]] std::vector<unsigned> components(const std::vector<bool>& alive) const override {
    return reach_.components(alive);
  }
  [[nodiscard]] std::size_t hosts() const { return busy_until_.size(); }

 private:
  void send_to(HostIndex from, HostIndex to, const Path& path, TimePoint sent,
               const std::shared_ptr<const Bytes>& frame);
  [[nodiscard]] bool lost(HostIndex from, HostIndex to, const Path& path);
  [[nodiscard]] std::uint64_t bitrate(HostIndex from, std::optional<HostIndex> to) const;

  Reach reach_;
  /// Of paths with a memory or a loss of their own, once they are used.
  std::vector<std::map<HostIndex, LossProcess>> losses_;
  std::optional<double> loss_everywhere_;  ///< set since the start, for all paths
  std::size_t frame_bytes_max_;
  Limits limits_;
  SeededRandom random_;
  std::vector<TimePoint> busy_until_;
  std::vector<Duration> airtime_;
  std::vector<AirtimeBudget> budgets_;  ///< one for each host, or none
  ArrivalFaults faults_;
  ArrivalQueue in_flight_;
  TimePoint now_{};
  Counters counters_;
};

}  // namespace muster::sim
