// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "sim/layout.hpp"
#include "sim/make_movement.hpp"
#include "sim/scenario_reader.hpp"
#include "sim/walking_hosts.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

Scenario geometric(const std::string& hosts) {
  const auto text =
      "[scenario]\nname = \"t\"\nduration = \"1h\"\n[medium]\nkind = \"geometric\"\nprofile = "
      "\"wifi\"\nrange = \"100m\"\n" +
      hosts;
  auto scenario = read_scenario(text, "t.toml");
  if (!scenario) throw std::runtime_error(scenario.error().sentence);
  return std::move(*scenario);
}

double distance(Position a, Position b) { return std::hypot(a.x_m - b.x_m, a.y_m - b.y_m); }

/// Positions every ten seconds for that long.
std::vector<std::vector<Position>> film(Movement& movement, Duration length) {
  std::vector<std::vector<Position>> pictures;
  for (auto now = start; now <= start + length; now += 10s) {
    while (movement.deadline() && *movement.deadline() <= now)
      movement.advance(*movement.deadline());
    pictures.push_back(movement.positions());
  }
  return pictures;
}

TEST(Layout, MakesRowsAndGridsWithTheirSpacing) {
  const auto chain = starting_positions(geometric("[hosts]\ncount = 3\nlayout = \"chain\"\n"), 1);
  EXPECT_DOUBLE_EQ(chain[2].x_m, 140);  // 0.7 of the range each
  const auto grid = starting_positions(
      geometric("[hosts]\ncount = 5\nlayout = \"grid\"\nspacing = \"50m\"\n"), 1);
  EXPECT_DOUBLE_EQ(grid[4].x_m, 50);
  EXPECT_DOUBLE_EQ(grid[4].y_m, 50);
}

TEST(Layout, KeepsEveryClusterOnItsOwnGround) {
  const auto scenario = geometric(
      "[hosts]\ncount = 60\nlayout = \"clusters\"\nclusters = 3\narea = \"900m x 600m\"\n");
  const auto places = starting_positions(scenario, 1);
  EXPECT_EQ(cluster_groups(scenario)[1].front(), 20u);
  for (HostIndex host = 20; host < 40; ++host) {  // right of the middle, lower half
    EXPECT_GE(places[host].x_m, 450);
    EXPECT_LE(places[host].y_m, 300);
  }
}

TEST(RandomWaypointPath, WalksAtItsSpeedWithinItsArea) {
  const auto scenario = geometric(
      "[hosts]\ncount = 20\nlayout = \"random\"\narea = \"500m x 300m\"\nmobility = "
      "\"random_waypoint\"\nspeed = \"2m/s\"\n");
  const auto movement = make_movement(scenario, start, 7);
  const auto pictures = film(*movement, 20min);
  for (std::size_t i = 1; i < pictures.size(); ++i) {
    for (HostIndex host = 0; host < 20; ++host) {
      EXPECT_LE(distance(pictures[i][host], pictures[i - 1][host]), 20.001);
      EXPECT_TRUE(pictures[i][host].x_m >= 0 && pictures[i][host].x_m <= 500);
      EXPECT_TRUE(pictures[i][host].y_m >= 0 && pictures[i][host].y_m <= 300);
    }
  }
}

// Walkers crowd in the middle. One that starts evenly spread takes minutes to get there.
TEST(RandomWaypointPath, IsSteadyFromTheStart) {
  const auto scenario = geometric(
      "[hosts]\ncount = 2000\nlayout = \"random\"\narea = \"1km x 1km\"\nmobility = "
      "\"random_waypoint\"\nspeed = \"2m/s\"\npause = \"30s\"\n");
  const auto movement = make_movement(scenario, start, 7);
  const auto pictures = film(*movement, 30min);
  const auto in_the_middle = [](const std::vector<Position>& places) {
    double count = 0;
    for (const auto& place : places)
      count += std::abs(place.x_m - 500) < 250 && std::abs(place.y_m - 500) < 250;
    return count / static_cast<double>(places.size());
  };
  EXPECT_NEAR(in_the_middle(pictures.front()), in_the_middle(pictures.back()), 0.04);
  EXPECT_GT(in_the_middle(pictures.front()), 0.32);  // a quarter, were they evenly spread
}

TEST(RandomWaypointPath, KnowsTheMeanLengthOfItsWays) {
  EXPECT_NEAR(mean_way_m({1000, 1000}), 521.4, 1);  // 0.5214 of the side of a square
}

TEST(RoutePath, GoesThereAndBackWithStopsAtTheEnds) {
  const auto scenario = geometric(
      "[[host]]\nname = \"truck\"\nroute = [[0, 0], [100, 0], [100, 50]]\nspeed = \"10m/s\"\nstop "
      "= "
      "\"60s\"\n");
  const auto movement = make_movement(scenario, start, 1);
  const auto pictures = film(*movement, 4min);
  const auto at = [&](int seconds) { return pictures[static_cast<std::size_t>(seconds / 10)][0]; };
  EXPECT_LT(distance(at(60), {0, 0}), 1.5);
  EXPECT_LT(distance(at(70), {100, 0}), 1.5);  // 10 s on the way, no stop in the middle
  EXPECT_LT(distance(at(80), {100, 50}), 1.5);
  EXPECT_LT(distance(at(130), {100, 50}), 1.5);
  EXPECT_LT(distance(at(150), {0, 0}), 1.5);
  EXPECT_LT(distance(at(200), {0, 0}), 1.5);
}

TEST(GroupedHosts, StayTogetherWhereverTheyGo) {
  const auto scenario = geometric(
      "[hosts]\ncount = 12\nlayout = \"clusters\"\nclusters = 2\narea = \"2km x 1km\"\nmobility = "
      "\"rpgm\"\nspeed = \"3m/s\"\ngroup_radius = \"40m\"\n");
  const auto movement = make_movement(scenario, start, 3);
  const auto pictures = film(*movement, 10min);
  double farthest = 0;
  for (const auto& places : pictures) {
    farthest = std::max(farthest, distance(pictures.front()[0], places[0]));
    for (HostIndex host = 1; host < 6; ++host)
      EXPECT_LE(distance(places[0], places[host]), 80 * std::sqrt(2.0) + 0.001);
  }
  EXPECT_GT(farthest, 200);
}

TEST(DisasterArea, PutsPeopleWhereTheirWorkIs) {
  const auto scenario = geometric(
      "[hosts]\ncount = 10\narea = \"400m x 400m\"\nmobility = \"disaster_area\"\nspeed = "
      "\"1.5m/s\"\npause = \"20s\"\n");
  const auto movement = make_movement(scenario, start, 5);
  double driven = 0, walked = 0;
  const auto pictures = film(*movement, 20min);
  for (std::size_t i = 1; i < pictures.size(); ++i) {
    EXPECT_LE(pictures[i][0].x_m, 120.001);  // at the incident
    driven += distance(pictures[i][9], pictures[i - 1][9]);
    walked += distance(pictures[i][0], pictures[i - 1][0]);
  }
  EXPECT_GT(driven, walked * 1.5);
}

TEST(WalkingHosts, GoOnFromWhereTheyArePut) {
  const auto scenario = geometric(
      "[[host]]\nroute = [[0, 0], [1000, 0]]\nspeed = \"10m/s\"\n[[host]]\nposition = [5, 5]\n");
  const auto movement = make_movement(scenario, start, 1);
  movement->place(start, 0, {500, 0});
  movement->place(start, 1, {7, 7});
  const auto pictures = film(*movement, 30s);
  EXPECT_LT(distance(pictures[3][0], {800, 0}), 2);
  EXPECT_LT(distance(pictures[3][1], {7, 7}), 0.001);
}

TEST(Mobility, RepeatsItselfUnderTheSameSeed) {
  const auto scenario = geometric(
      "[hosts]\ncount = 5\nlayout = \"random\"\narea = \"500m x 300m\"\nmobility = "
      "\"random_waypoint\"\nspeed = \"2m/s\"\n");
  const auto last = [&](std::uint64_t seed) {
    return film(*make_movement(scenario, start, seed), 5min).back()[4].x_m;
  };
  EXPECT_EQ(last(1), last(1));
  EXPECT_NE(last(1), last(2));
}

}  // namespace
}  // namespace muster::sim
