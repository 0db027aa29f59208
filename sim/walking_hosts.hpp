// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "sim/host_path.hpp"
#include "sim/movement.hpp"

namespace muster::sim {

/// Hosts on their paths, each independent of the others. Where they are is brought up to date every
/// `step` while somebody moves.
class WalkingHosts final : public Movement {
 public:
  WalkingHosts(std::vector<std::unique_ptr<HostPath>> paths, TimePoint start, Duration step);

  bool advance(TimePoint now) override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return deadline_; }
  [[nodiscard]] const std::vector<Position>& positions() const override { return positions_; }
  void place(TimePoint now, HostIndex host, Position position) override;

 private:
  void find_deadline(TimePoint now);

  std::vector<std::unique_ptr<HostPath>> paths_;
  std::vector<Leg> legs_;
  std::vector<Position> positions_;
  Duration step_;
  std::optional<TimePoint> deadline_;
};

/// Reference point group mobility (Hong, Gerla, Pei, Chiang 1999): every group has a centre that
/// walks; its members walk around it, in coordinates of their own.
class GroupedHosts final : public Movement {
 public:
  /// `centres`: one for each group; `members`: one for each host, relative to its centre;
  /// `group`: of each host.
  GroupedHosts(std::unique_ptr<Movement> centres, std::unique_ptr<Movement> members,
               std::vector<std::uint32_t> group);

  bool advance(TimePoint now) override;
  [[nodiscard]] std::optional<TimePoint> deadline() const override {
    return earlier(centres_->deadline(), members_->deadline());
  }
  [[nodiscard]] const std::vector<Position>& positions() const override { return positions_; }
  void place(TimePoint now, HostIndex host, Position position) override;

 private:
  void add_up();

  std::unique_ptr<Movement> centres_;
  std::unique_ptr<Movement> members_;
  std::vector<std::uint32_t> group_;
  std::vector<Position> positions_;
};

}  // namespace muster::sim
