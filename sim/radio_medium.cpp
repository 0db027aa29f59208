// SPDX-License-Identifier: Apache-2.0
#include "sim/radio_medium.hpp"

#include <algorithm>

namespace muster::sim {
namespace {

Duration time_on_air(std::size_t octets, std::uint64_t bitrate_bps) {
  return Duration{static_cast<std::int64_t>(static_cast<double>(octets) * 8e9 /
                                            static_cast<double>(bitrate_bps))};
}

}  // namespace

RadioMedium::RadioMedium(Topology topology, std::uint32_t mtu_bytes, std::uint64_t seed,
                         Limits limits)
    : reach_(std::move(topology)),
      losses_(reach_.topology().hosts()),
      frame_bytes_max_(mtu_bytes + limits.frame_overhead_bytes),
      limits_(limits),
      random_(seed),
      busy_until_(reach_.topology().hosts()),
      airtime_(reach_.topology().hosts()),
      faults_({}, limits.hold_max, seed ^ 0x6661756c7473) {}

bool RadioMedium::transmit(TimePoint now, HostIndex from, std::optional<HostIndex> to,
                           Bytes frame) {
  const auto octets = frame.size() + limits_.header_bytes;
  if (octets > frame_bytes_max_) {
    ++counters_.too_large;
    return false;
  }
  const auto rate = bitrate(from, to);
  const auto start = std::max(now, busy_until_[from]);
  if (start - now > time_on_air(limits_.transmit_queue_bytes_max, rate)) {
    ++counters_.queue_full;
    return false;
  }
  const auto on_air = time_on_air(octets, rate);
  busy_until_[from] = start + on_air;
  airtime_[from] += on_air;
  if (!budgets_.empty() && !budgets_[from].spend(start, on_air)) ++counters_.over_budget;
  ++counters_.sent;
  counters_.bytes_on_air += octets;
  const auto shared = std::make_shared<const Bytes>(std::move(frame));
  const auto& topology = reach_.topology();
  if (!to) {
    topology.each_listener(from, [&](HostIndex listener, const Path& path) {
      send_to(from, listener, path, busy_until_[from], shared);
    });
  } else if (const auto* path = topology.path(from, *to);
             path != nullptr && !reach_.separated(from, *to)) {
    send_to(from, *to, *path, busy_until_[from], shared);
  } else {
    ++counters_.out_of_reach;
  }
  return true;
}

void RadioMedium::send_to(HostIndex from, HostIndex to, const Path& path, TimePoint sent,
                          const std::shared_ptr<const Bytes>& frame) {
  if (reach_.separated(from, to)) return;
  if (lost(from, to, path)) {
    ++counters_.lost;
    return;
  }
  faults_.deliver({sent + path.delay, from, to, frame}, in_flight_);
}

bool RadioMedium::lost(HostIndex from, HostIndex to, const Path& path) {
  if (const auto own = losses_[from].find(to); own != losses_[from].end())
    return own->second.lost(random_);
  if (loss_everywhere_) return random_.unit() < *loss_everywhere_;
  if (path.loss.burst > 0)
    return losses_[from].emplace(to, LossProcess(path.loss)).first->second.lost(random_);
  return random_.unit() < path.loss.rate;
}

/// A frame for all goes at the rate of the slowest listener, as the basic rate of 802.11 does.
std::uint64_t RadioMedium::bitrate(HostIndex from, std::optional<HostIndex> to) const {
  const auto& topology = reach_.topology();
  if (const auto* path = to ? topology.path(from, *to) : nullptr) return path->bitrate_bps;
  std::uint64_t slowest = topology.usual ? topology.usual->bitrate_bps : 0;
  for (const auto& [listener, path] : topology.hears[from]) {
    if (slowest == 0 || path.bitrate_bps < slowest) slowest = path.bitrate_bps;
  }
  return slowest == 0 ? 1'000'000'000 : slowest;
}

void RadioMedium::set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) {
  if (!between) {
    loss_everywhere_ = rate;
    for (auto& processes : losses_) processes.clear();
    return;
  }
  const LossProcess process(LossModel{rate, 0});
  const auto set = [&](HostIndex from, HostIndex to) {
    if (reach_.topology().path(from, to) != nullptr) losses_[from].insert_or_assign(to, process);
  };
  set(between->first, between->second);
  set(between->second, between->first);
}

std::optional<RadioMedium::Arrival> RadioMedium::poll() {
  auto arrival = in_flight_.poll(now_);
  if (arrival) ++counters_.delivered;
  return arrival;
}

std::optional<TimePoint> RadioMedium::deadline() const { return in_flight_.deadline(); }

}  // namespace muster::sim
