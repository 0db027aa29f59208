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
      airtime_(reach_.topology().hosts()) {
  for (HostIndex from = 0; from < reach_.topology().hosts(); ++from) {
    for (const auto& [to, path] : reach_.topology().hears[from])
      losses_[from].emplace(to, LossProcess(path.loss));
  }
}

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
  ++counters_.sent;
  counters_.bytes_on_air += octets;
  const auto shared = std::make_shared<const Bytes>(std::move(frame));
  if (!to) {
    for (const auto& [listener, path] : reach_.topology().hears[from])
      send_to(from, listener, busy_until_[from], shared);
  } else if (reach_.topology().hears[from].contains(*to) && !reach_.separated(from, *to)) {
    send_to(from, *to, busy_until_[from], shared);
  } else {
    ++counters_.out_of_reach;
  }
  return true;
}

void RadioMedium::send_to(HostIndex from, HostIndex to, TimePoint sent,
                          const std::shared_ptr<const Bytes>& frame) {
  if (reach_.separated(from, to)) return;
  if (losses_[from].at(to).lost(random_)) {
    ++counters_.lost;
    return;
  }
  const auto due = sent + reach_.topology().hears[from].at(to).delay;
  in_flight_.push({sequence_++, {due, from, to, frame}});
}

/// A frame for all goes at the rate of the slowest listener, as the basic rate of 802.11 does.
std::uint64_t RadioMedium::bitrate(HostIndex from, std::optional<HostIndex> to) const {
  const auto& paths = reach_.topology().hears[from];
  if (to) {
    if (const auto path = paths.find(*to); path != paths.end()) return path->second.bitrate_bps;
  }
  std::uint64_t slowest = 0;
  for (const auto& [listener, path] : paths) {
    if (slowest == 0 || path.bitrate_bps < slowest) slowest = path.bitrate_bps;
  }
  return slowest == 0 ? 1'000'000'000 : slowest;
}

void RadioMedium::set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) {
  for (HostIndex from = 0; from < losses_.size(); ++from) {
    for (auto& [to, process] : losses_[from]) {
      const bool meant = !between || (from == between->first && to == between->second) ||
                         (from == between->second && to == between->first);
      if (meant) process = LossProcess(LossModel{rate, 0});
    }
  }
}

std::optional<RadioMedium::Arrival> RadioMedium::poll() {
  if (in_flight_.empty() || in_flight_.top().arrival.due > now_) return std::nullopt;
  auto arrival = in_flight_.top().arrival;
  in_flight_.pop();
  ++counters_.delivered;
  return arrival;
}

std::optional<TimePoint> RadioMedium::deadline() const {
  if (in_flight_.empty()) return std::nullopt;
  return in_flight_.top().arrival.due;
}

}  // namespace muster::sim
