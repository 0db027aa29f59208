// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "sim/geometric_medium.hpp"
#include "tests/crosscheck/two_media.hpp"

namespace muster::crosscheck {

Outcome by_muster(const Traffic& traffic, unsigned seed) {
  sim::GeometricMedium::Settings settings;
  settings.profile = *sim::find_profile(profile);
  settings.propagation = {settings.profile.range_m, sim::half_loss_level(settings.profile),
                          settings.profile.path_loss_exponent, 0};
  settings.datagram_bytes_max = settings.profile.mtu_bytes - settings.profile.network_header_bytes;
  std::vector<sim::Position> places;
  for (const auto& place : traffic.places) places.push_back({place.x_m, place.y_m});
  sim::GeometricMedium medium{settings, std::make_unique<sim::StationaryHosts>(std::move(places)),
                              seed};
  const TimePoint start{std::chrono::seconds{1}};
  const auto hosts = traffic.places.size();
  Outcome outcome;
  outcome.received.assign(hosts, std::vector<std::size_t>(hosts));
  Duration delays{};
  const auto collect = [&] {
    while (const auto arrival = medium.poll()) {
      ++outcome.received[arrival->from][arrival->to];
      std::size_t number = 0;
      std::memcpy(&number, arrival->frame->data(), sizeof number);
      delays += arrival->due - (start + traffic.sends[number].at);
    }
  };
  for (std::size_t i = 0; i < traffic.sends.size(); ++i) {
    const auto at = start + traffic.sends[i].at;
    medium.advance(at);
    collect();
    Bytes datagram(traffic.octets);
    std::memcpy(datagram.data(), &i, sizeof i);
    medium.transmit(at, traffic.sends[i].from, std::nullopt, std::move(datagram));
  }
  while (const auto deadline = medium.deadline()) {
    medium.advance(*deadline);
    collect();
  }
  outcome.delay_ms = std::chrono::duration<double, std::milli>(delays).count() /
                     static_cast<double>(outcome.total());
  return outcome;
}

}  // namespace muster::crosscheck
