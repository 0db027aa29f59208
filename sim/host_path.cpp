// SPDX-License-Identifier: Apache-2.0
#include "sim/host_path.hpp"

#include <algorithm>
#include <cmath>

namespace muster::sim {
namespace {

// sqrt is rounded exactly everywhere (IEEE 754); of libm nothing else is used.
double distance_m(Position a, Position b) {
  const double dx = a.x_m - b.x_m;
  const double dy = a.y_m - b.y_m;
  return std::sqrt(dx * dx + dy * dy);
}

Position between(Position a, Position b, double part) {
  return {a.x_m + (b.x_m - a.x_m) * part, a.y_m + (b.y_m - a.y_m) * part};
}

Position anywhere_on(const Ground& ground, SeededRandom& random) {
  const double x = random.unit();
  const double y = random.unit();
  return {ground.low.x_m + x * ground.size.width_m, ground.low.y_m + y * ground.size.height_m};
}

Duration part_of(Duration whole, double part) {
  return Duration{static_cast<std::int64_t>(static_cast<double>(whole.count()) * part)};
}

/// A way that takes longer does not end; and the sum of two of these is still a time.
constexpr double longest_leg_s = 1e9;
constexpr Duration longest_pause = std::chrono::seconds{1'000'000'000};

/// Even a way of no length takes a moment, so that time goes on.
constexpr Duration shortest_leg = std::chrono::milliseconds{1};

}  // namespace

Position Leg::at(TimePoint now) const {
  if (now <= depart) return from;
  if (now >= arrive) return to;
  return between(
      from, to,
      static_cast<double>((now - depart).count()) / static_cast<double>((arrive - depart).count()));
}

Leg stay(Position place) { return {place, place, TimePoint::max(), TimePoint::max()}; }

Leg walk(Position start, Position to, TimePoint depart, double speed_mps) {
  const auto seconds = std::min(distance_m(start, to) / speed_mps, longest_leg_s);
  const auto time = Duration{static_cast<std::int64_t>(seconds * 1e9)};
  return {start, to, depart, depart + std::max(time, shortest_leg)};
}

RoutePath::RoutePath(std::vector<Position> points, double speed_mps, Duration stop)
    : points_(std::move(points)), speed_mps_(speed_mps), stop_(std::min(stop, longest_pause)) {}

Leg RoutePath::first(TimePoint start) {
  return walk(points_[0], points_[1], start + stop_, speed_mps_);
}

Leg RoutePath::next(TimePoint now, Position from) {
  const bool at_end = back_ ? toward_ == 0 : toward_ + 1 == points_.size();
  if (at_end) back_ = !back_;
  toward_ += back_ ? std::size_t(-1) : 1;
  return walk(from, points_[toward_], at_end ? now + stop_ : now, speed_mps_);
}

RandomWaypointPath::RandomWaypointPath(Parameters parameters, std::optional<Position> start,
                                       std::uint64_t seed)
    : parameters_(parameters), start_(start), random_(seed) {
  parameters_.pause = std::min(parameters_.pause, longest_pause);
}

Position RandomWaypointPath::anywhere() { return anywhere_on(parameters_.ground, random_); }

Leg RandomWaypointPath::first(TimePoint start) {
  if (start_) return walk(*start_, anywhere(), start, parameters_.speed_mps);
  const auto way = mean_way_m(parameters_.ground.size) / parameters_.speed_mps;
  const auto pause = static_cast<double>(parameters_.pause.count()) / 1e9;
  if (random_.unit() * (way + pause) >= pause) return in_the_middle(start);
  const auto here = anywhere();
  return walk(here, anywhere(), start + part_of(parameters_.pause, random_.unit()),
              parameters_.speed_mps);
}

/// Long ways are where hosts spend their time: a way is taken by the chance of its length.
Leg RandomWaypointPath::in_the_middle(TimePoint start) {
  const auto& size = parameters_.ground.size;
  const double longest = distance_m({}, {size.width_m, size.height_m});
  for (;;) {
    const auto begin = anywhere();
    const auto end = anywhere();
    if (random_.unit() * longest > distance_m(begin, end)) continue;
    return walk(between(begin, end, random_.unit()), end, start, parameters_.speed_mps);
  }
}

Leg RandomWaypointPath::next(TimePoint now, Position from) {
  return walk(from, anywhere(), now + parameters_.pause, parameters_.speed_mps);
}

/// By the middles of 64 x 64 pieces of the distribution of the two differences.
double mean_way_m(Area area) {
  constexpr int pieces = 64;
  double sum = 0;
  for (int i = 0; i < pieces; ++i) {
    for (int j = 0; j < pieces; ++j) {
      const double x = (i + 0.5) / pieces;
      const double y = (j + 0.5) / pieces;
      sum += 4 * (1 - x) * (1 - y) * distance_m({}, {x * area.width_m, y * area.height_m});
    }
  }
  return sum / (pieces * pieces);
}

ShuttlePath::ShuttlePath(std::vector<Ground> places, double speed_mps, Duration pause,
                         std::uint64_t seed)
    : places_(std::move(places)),
      speed_mps_(speed_mps),
      pause_(std::min(pause, longest_pause)),
      random_(seed) {}

Leg ShuttlePath::first(TimePoint start) {
  toward_ = random_.below(places_.size());
  const auto here = anywhere_on(places_[toward_], random_);
  return next(start + part_of(pause_, random_.unit()), here);
}

Leg ShuttlePath::next(TimePoint now, Position from) {
  toward_ = (toward_ + 1) % places_.size();
  return walk(from, anywhere_on(places_[toward_], random_), now + pause_, speed_mps_);
}

}  // namespace muster::sim
