// SPDX-License-Identifier: Apache-2.0
#include "sim/layout.hpp"

#include <algorithm>

#include "core/base/seeded_random.hpp"
#include "sim/radio_profile.hpp"

namespace muster::sim {
namespace {

constexpr double usual_spacing = 0.7;  ///< of the range
constexpr double mesh_width = 0.25;    ///< of the range; the diagonal of it is heard well

std::uint32_t side_of_square(std::size_t places) {
  std::uint32_t side = 1;
  while (std::size_t{side} * side < places) ++side;
  return side;
}

Position anywhere(const Ground& ground, SeededRandom& random) {
  const double x = random.unit();
  const double y = random.unit();
  return {ground.low.x_m + x * ground.size.width_m, ground.low.y_m + y * ground.size.height_m};
}

Ground cluster_ground(const HostsSpec& layout, std::uint32_t cluster) {
  const auto columns = side_of_square(layout.clusters);
  const auto rows = (layout.clusters + columns - 1) / columns;
  const Area size{layout.area->width_m / columns, layout.area->height_m / rows};
  return {{cluster % columns * size.width_m, cluster / columns * size.height_m}, size};
}

Ground extent(const std::vector<Position>& places) {
  Position low = places.front();
  Position high = places.front();
  for (const auto& place : places) {
    low = {std::min(low.x_m, place.x_m), std::min(low.y_m, place.y_m)};
    high = {std::max(high.x_m, place.x_m), std::max(high.y_m, place.y_m)};
  }
  return {low, {high.x_m - low.x_m, high.y_m - low.y_m}};
}

Position laid_out(const Scenario& scenario, HostIndex host, SeededRandom& random) {
  const auto& layout = scenario.layout;
  const auto range = range_of(scenario.medium);
  const auto spacing = layout.spacing_m.value_or(usual_spacing * range);
  const auto columns = side_of_square(scenario.hosts.size());
  if (!layout.layout_given && layout.area) return anywhere({{}, *layout.area}, random);
  switch (layout.layout) {
    case Layout::chain:
      return {host * spacing, 0};
    case Layout::grid:
      return {host % columns * spacing, host / columns * spacing};
    case Layout::random:
      return anywhere({{}, *layout.area}, random);
    case Layout::clusters:
      return anywhere(cluster_ground(layout, cluster_of(scenario, host)), random);
    case Layout::mesh:
    case Layout::positions:
      break;
  }
  return anywhere({{}, {mesh_width * range, mesh_width * range}}, random);
}

}  // namespace

double range_of(const MediumSpec& medium) {
  return medium.range_m.value_or(find_profile(medium.profile.value_or("wifi"))->range_m);
}

std::vector<Position> starting_positions(const Scenario& scenario, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Position> places;
  for (HostIndex i = 0; i < scenario.hosts.size(); ++i) {
    const auto& host = scenario.hosts[i];
    if (!host.route.empty()) {
      places.push_back(host.route.front());
    } else {
      places.push_back(host.position ? *host.position : laid_out(scenario, i, random));
    }
  }
  return places;
}

std::uint32_t cluster_of(const Scenario& scenario, HostIndex host) {
  return static_cast<std::uint32_t>(std::uint64_t{host} * scenario.layout.clusters /
                                    scenario.hosts.size());
}

std::vector<std::vector<HostIndex>> cluster_groups(const Scenario& scenario) {
  std::vector<std::vector<HostIndex>> groups(scenario.layout.clusters);
  for (HostIndex host = 0; host < scenario.hosts.size(); ++host)
    groups[cluster_of(scenario, host)].push_back(host);
  return groups;
}

Ground ground_of(const Scenario& scenario, const std::vector<Position>& starts, HostIndex host) {
  const auto& layout = scenario.layout;
  if (!layout.area) return extent(starts);
  if (layout.layout == Layout::clusters) return cluster_ground(layout, cluster_of(scenario, host));
  return {{}, *layout.area};
}

}  // namespace muster::sim
