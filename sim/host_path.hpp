// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "sim/layout.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// A stretch of a way: at `from` until `depart`, then straight on, at `to` from `arrive` on.
struct Leg {
  Position from;
  Position to;
  TimePoint depart;
  TimePoint arrive;

  [[nodiscard]] Position at(TimePoint now) const;
};

/// A stay without end.
[[nodiscard]] Leg stay(Position place);
/// From `start` to `to` at `speed_mps` (above zero), leaving at `depart`.
[[nodiscard]] Leg walk(Position start, Position to, TimePoint depart, double speed_mps);

/// Where one host goes next, and next, and next.
class HostPath {
 public:
  virtual ~HostPath() = default;
  virtual Leg first(TimePoint start) = 0;
  /// The one after a leg that ended at `from`, at `now`.
  virtual Leg next(TimePoint now, Position from) = 0;
  /// The rest of the way for a host that somebody put elsewhere.
  virtual Leg resume(TimePoint now, Position from) { return next(now, from); }
};

/// Stays, at the start and wherever it is put.
class NoPath final : public HostPath {
 public:
  explicit NoPath(Position place) : place_(place) {}
  Leg first(TimePoint) override { return stay(place_); }
  Leg next(TimePoint, Position from) override { return stay(from); }

 private:
  Position place_;
};

/// From end to end of a row of points and back, for ever, with a stop at each end and before it
/// first leaves.
class RoutePath final : public HostPath {
 public:
  RoutePath(std::vector<Position> points, double speed_mps, Duration stop);
  Leg first(TimePoint start) override;
  Leg next(TimePoint now, Position from) override;
  Leg resume(TimePoint now, Position from) override {
    return walk(from, points_[toward_], now, speed_mps_);
  }

 private:
  std::vector<Position> points_;
  double speed_mps_;
  Duration stop_;
  std::size_t toward_ = 1;  ///< the point it goes to
  bool back_ = false;
};

/// Random waypoints at one speed, with a pause at each.
class RandomWaypointPath final : public HostPath {
 public:
  struct Parameters {
    Ground ground;
    double speed_mps = 1;
    Duration pause{};
  };
  /// `start`: where it is at first. Nothing: wherever a host is that has walked since ever, and so
  /// are its first destination and pause (Navidi and Camp, "Stationary Distributions for the Random
  /// Waypoint Mobility Model", 2004), so that there is nothing to settle first.
  RandomWaypointPath(Parameters parameters, std::optional<Position> start, std::uint64_t seed);
  Leg first(TimePoint start) override;
  Leg next(TimePoint now, Position from) override;

 private:
  [[nodiscard]] Position anywhere();
  [[nodiscard]] Leg in_the_middle(TimePoint start);

  Parameters parameters_;
  std::optional<Position> start_;
  SeededRandom random_;
};

/// Mean length of a way between two random points of a rectangle, in metres.
[[nodiscard]] double mean_way_m(Area area);

/// To and fro between places, at each anywhere on its ground; those who carry and drive.
class ShuttlePath final : public HostPath {
 public:
  ShuttlePath(std::vector<Ground> places, double speed_mps, Duration pause, std::uint64_t seed);
  Leg first(TimePoint start) override;
  Leg next(TimePoint now, Position from) override;

 private:
  std::vector<Ground> places_;
  double speed_mps_;
  Duration pause_;
  SeededRandom random_;
  std::size_t toward_ = 0;
};

}  // namespace muster::sim
