// SPDX-License-Identifier: Apache-2.0
#include "sim/make_geometric_medium.hpp"

#include "sim/layout.hpp"
#include "sim/make_movement.hpp"

namespace muster::sim {
namespace {

std::int32_t hundredths(double value) { return static_cast<std::int32_t>(value * 100 + 0.5); }

RadioProfile profile_of(const MediumSpec& medium) {
  const auto& profile = *find_profile(medium.profile.value_or("wifi"));
  return medium.bitrate_bps == profile.bitrate_bps ? profile
                                                   : at_bitrate(profile, medium.bitrate_bps);
}

Propagation::Parameters propagation_of(const MediumSpec& medium, const RadioProfile& profile) {
  Propagation::Parameters it;
  it.range_m = range_of(medium);
  it.level_at_range = half_loss_level(profile);
  it.path_loss_exponent = medium.path_loss_exponent ? hundredths(*medium.path_loss_exponent)
                                                    : profile.path_loss_exponent;
  it.shadowing = medium.shadowing_db ? hundredths(*medium.shadowing_db) : profile.shadowing;
  return it;
}

void lay_links(const Scenario& scenario, GeometricMedium& medium) {
  for (const auto& link : scenario.links) {
    const auto set = [&](HostIndex from, HostIndex to) {
      if (link.loss) medium.set_path_loss_process(from, to, *link.loss);
      if (link.faults) medium.set_faults(from, to, *link.faults);
    };
    set(link.a, link.b);
    if (!link.one_way) set(link.b, link.a);
  }
}

}  // namespace

std::unique_ptr<GeometricMedium> make_geometric_medium(const Scenario& scenario, TimePoint start,
                                                       std::uint64_t seed) {
  const auto& medium = scenario.medium;
  GeometricMedium::Settings settings;
  settings.profile = profile_of(medium);
  settings.propagation = propagation_of(medium, settings.profile);
  settings.datagram_bytes_max = static_cast<std::uint32_t>(datagram_bytes_max(medium));
  settings.duty_cycle = medium.duty_cycle;
  settings.csma = medium.csma;
  settings.delay = medium.delay;
  settings.loss = medium.loss;
  settings.faults = medium.faults;
  settings.motion = scenario.motion;
  settings.start = start;
  auto made = std::make_unique<GeometricMedium>(
      settings, make_movement(scenario, start, seed ^ 0x6d6f7665), seed);
  lay_links(scenario, *made);
  return made;
}

radio::LinkProfile link_profile(const MediumSpec& medium) {
  constexpr std::uint64_t spared_below_bps = 100'000;
  const auto profile = profile_of(medium);
  radio::LinkProfile link;
  if (profile.bitrate_bps >= spared_below_bps) return link;
  // A line through the times of an empty frame and of the largest.
  const auto largest = datagram_bytes_max(medium);
  const Duration shortest = time_on_air(profile, 0);
  const Duration span = time_on_air(profile, largest) - shortest;
  link.bitrate_bps = static_cast<std::uint64_t>(8e9 * static_cast<double>(largest) /
                                                static_cast<double>(span.count()));
  // LoRa's payload is whole groups of symbols: one more than the line says.
  link.per_frame = shortest + (profile.spreading_factor != 0 ? 5 * profile.symbol : Duration{});
  link.slot = profile.slot;
  link.duty_cycle = medium.duty_cycle ? medium.duty_cycle : profile.duty_cycle;
  return link;
}

std::size_t datagram_bytes_max(const MediumSpec& medium) {
  return medium.mtu_bytes - find_profile(medium.profile.value_or("wifi"))->network_header_bytes;
}

}  // namespace muster::sim
