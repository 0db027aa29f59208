// SPDX-License-Identifier: Apache-2.0
#include "sim/make_movement.hpp"

#include <algorithm>
#include <array>

#include "sim/layout.hpp"
#include "sim/trace_path.hpp"
#include "sim/walking_hosts.hpp"

namespace muster::sim {
namespace {

/// Nobody gets farther in one step than this part of the range; but no step is longer than that.
constexpr double step_of_range = 0.01;
constexpr Duration shortest_step = std::chrono::milliseconds{20};
constexpr Duration longest_step = std::chrono::seconds{1};

/// Vehicles of a disaster area beside those on foot.
constexpr double vehicle_speed_factor = 5;

Duration step_of(const Scenario& scenario, double fastest_mps) {
  if (fastest_mps <= 0) return longest_step;
  const double seconds = range_of(scenario.medium) * step_of_range / fastest_mps;
  const auto step = Duration{static_cast<std::int64_t>(std::min(seconds, 1.0) * 1e9)};
  return std::clamp(step, shortest_step, longest_step);
}

double fastest_mps(const Scenario& scenario) {
  const auto& layout = scenario.layout;
  double fastest = layout.speed_mps;
  if (layout.mobility == Mobility::rpgm) fastest *= 2;  // around a centre that walks too
  if (layout.mobility == Mobility::disaster_area) fastest *= vehicle_speed_factor;
  for (const auto& host : scenario.hosts) {
    if (!host.route.empty()) fastest = std::max(fastest, host.speed_mps);
  }
  if (scenario.motion) fastest = std::max(fastest, scenario.motion->fastest_mps());
  return fastest;
}

/// The tactical areas of a disaster (Aschenbruck et al., "Modelling Mobility in Disaster Area
/// Scenarios", MSWiM 2007) as parts of the scenario's area, and who goes where. Obstacles between
/// them and the arrival of units are left out.
class DisasterArea {
 public:
  explicit DisasterArea(Area area) : area_(area) {}

  std::unique_ptr<HostPath> path(HostIndex host, const HostsSpec& spec, std::uint64_t seed) const {
    const auto on_foot = spec.speed_mps;
    const auto drive = on_foot * vehicle_speed_factor;
    const auto stay_at = [&](const Ground& ground) -> std::unique_ptr<HostPath> {
      return std::make_unique<RandomWaypointPath>(
          RandomWaypointPath::Parameters{ground, on_foot, spec.pause}, std::nullopt, seed);
    };
    const auto shuttle = [&](std::vector<Ground> places,
                             double speed) -> std::unique_ptr<HostPath> {
      return std::make_unique<ShuttlePath>(std::move(places), speed, spec.pause, seed);
    };
    // Of ten: who rescues, carries, treats, carries on, clears, commands, drives.
    switch (host % 10) {
      case 0:
      case 1:
        return stay_at(incident());
      case 2:
      case 3:
        return shuttle({incident(), waiting()}, on_foot);
      case 4:
        return stay_at(waiting());
      case 5:
        return shuttle({waiting(), clearing()}, on_foot);
      case 6:
        return stay_at(clearing());
      case 7:
        return stay_at(command());
      default:
        return shuttle({parking(), clearing(), exit()}, drive);
    }
  }

 private:
  [[nodiscard]] Ground part(double x, double y, double width, double height) const {
    return {{x * area_.width_m, y * area_.height_m},
            {width * area_.width_m, height * area_.height_m}};
  }
  [[nodiscard]] Ground incident() const { return part(0, 0.5, 0.3, 0.5); }
  [[nodiscard]] Ground waiting() const { return part(0.35, 0.6, 0.15, 0.2); }
  [[nodiscard]] Ground clearing() const { return part(0.55, 0.55, 0.2, 0.25); }
  [[nodiscard]] Ground command() const { return part(0.4, 0.3, 0.1, 0.15); }
  [[nodiscard]] Ground parking() const { return part(0.6, 0.2, 0.2, 0.2); }
  [[nodiscard]] Ground exit() const { return part(0.95, 0, 0.05, 0.3); }

  Area area_;
};

class Builder {
 public:
  Builder(const Scenario& scenario, TimePoint start, std::uint64_t seed)
      : scenario_(scenario),
        start_(start),
        starts_(starting_positions(scenario, seed)),
        step_(step_of(scenario, fastest_mps(scenario))),
        seeds_(seed ^ 0x70617468) {}

  std::unique_ptr<Movement> build() {
    const bool routes = std::any_of(scenario_.hosts.begin(), scenario_.hosts.end(),
                                    [](const auto& host) { return host.route.size() > 1; });
    if (scenario_.layout.mobility == Mobility::rpgm) return groups();
    if (scenario_.layout.mobility == Mobility::stationary && !routes)
      return std::make_unique<StationaryHosts>(std::move(starts_));
    std::vector<std::unique_ptr<HostPath>> paths;
    for (HostIndex host = 0; host < scenario_.hosts.size(); ++host) paths.push_back(path(host));
    return walking(std::move(paths));
  }

 private:
  std::unique_ptr<Movement> walking(std::vector<std::unique_ptr<HostPath>> paths) const {
    return std::make_unique<WalkingHosts>(std::move(paths), start_, step_);
  }

  std::unique_ptr<HostPath> path(HostIndex index) {
    const auto& host = scenario_.hosts[index];
    const auto& layout = scenario_.layout;
    const auto seed = seeds_.next();
    if (host.route.size() > 1)
      return std::make_unique<RoutePath>(host.route, host.speed_mps, host.stop);
    switch (layout.mobility) {
      case Mobility::random_waypoint:
        return waypoints(index, seed);
      case Mobility::disaster_area:
        return DisasterArea(*layout.area).path(index, layout, seed);
      case Mobility::trace:
        return std::make_unique<TracePath>(scenario_.motion, index, start_);
      default:
        return std::make_unique<NoPath>(starts_[index]);
    }
  }

  /// As if they had always walked, but where the scenario says where each is at the start.
  std::unique_ptr<HostPath> waypoints(HostIndex index, std::uint64_t seed) const {
    const auto& layout = scenario_.layout;
    const bool anywhere = !scenario_.hosts[index].position &&
                          (layout.layout == Layout::random || layout.layout == Layout::clusters ||
                           (!layout.layout_given && layout.area));
    return std::make_unique<RandomWaypointPath>(
        RandomWaypointPath::Parameters{ground_of(scenario_, starts_, index), layout.speed_mps,
                                       layout.pause},
        anywhere ? std::nullopt : std::optional(starts_[index]), seed);
  }

  /// Group = cluster. A group walks on its cluster's ground, its members within the radius.
  std::unique_ptr<Movement> groups() {
    const auto& layout = scenario_.layout;
    const auto radius = layout.group_radius_m;
    const Ground around{{-radius, -radius}, {2 * radius, 2 * radius}};
    std::vector<std::unique_ptr<HostPath>> centres, members;
    std::vector<std::uint32_t> group;
    for (HostIndex host = 0; host < scenario_.hosts.size(); ++host) {
      group.push_back(cluster_of(scenario_, host));
      if (group.back() == centres.size()) {
        centres.push_back(std::make_unique<RandomWaypointPath>(
            RandomWaypointPath::Parameters{group_ground(host), layout.speed_mps, layout.pause},
            std::nullopt, seeds_.next()));
      }
      members.push_back(std::make_unique<RandomWaypointPath>(
          RandomWaypointPath::Parameters{around, layout.speed_mps, layout.pause}, std::nullopt,
          seeds_.next()));
    }
    return std::make_unique<GroupedHosts>(walking(std::move(centres)), walking(std::move(members)),
                                          std::move(group));
  }

  /// Smaller than the ground by the radius, so that no member leaves it, unless it is too small.
  [[nodiscard]] Ground group_ground(HostIndex host) const {
    auto ground = ground_of(scenario_, starts_, host);
    const double x = std::min(scenario_.layout.group_radius_m, ground.size.width_m / 2);
    const double y = std::min(scenario_.layout.group_radius_m, ground.size.height_m / 2);
    return {{ground.low.x_m + x, ground.low.y_m + y},
            {ground.size.width_m - 2 * x, ground.size.height_m - 2 * y}};
  }

  const Scenario& scenario_;
  TimePoint start_;
  std::vector<Position> starts_;
  Duration step_;
  SeededRandom seeds_;
};

}  // namespace

std::unique_ptr<Movement> make_movement(const Scenario& scenario, TimePoint start,
                                        std::uint64_t seed) {
  return Builder(scenario, start, seed).build();
}

}  // namespace muster::sim
