// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Where hosts are as time goes by. Pure: `advance` at the `deadline`, then look at `positions`.
class Movement {
 public:
  virtual ~Movement() = default;

  /// True if somebody is somewhere else now.
  virtual bool advance(TimePoint now) = 0;
  /// When somebody will next be somewhere else; nothing if that is never.
  [[nodiscard]] virtual std::optional<TimePoint> deadline() const = 0;
  /// One for each host, as of the last `advance` or `place`.
  [[nodiscard]] virtual const std::vector<Position>& positions() const = 0;
  /// Puts a host somewhere; one that was on its way goes on from there.
  virtual void place(TimePoint now, HostIndex host, Position position) = 0;
};

/// Hosts that stay where they are put.
class StationaryHosts final : public Movement {
 public:
  explicit StationaryHosts(std::vector<Position> positions) : positions_(std::move(positions)) {}

  bool advance(TimePoint) override { return false; }
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return std::nullopt; }
  [[nodiscard]] const std::vector<Position>& positions() const override { return positions_; }
  void place(TimePoint, HostIndex host, Position position) override { positions_[host] = position; }

 private:
  std::vector<Position> positions_;
};

}  // namespace muster::sim
