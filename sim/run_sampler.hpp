// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/field_node.hpp"
#include "sim/medium.hpp"
#include "sim/recorder.hpp"

namespace muster::sim {

/// Looks at a run now and then and tells a recorder what has changed since: places, neighbours,
/// components, time on the air.
class RunSampler {
 public:
  RunSampler(const Scenario& scenario, Recorder& recorder);

  /// When it wants to look next, since the start.
  [[nodiscard]] Duration due() const { return due_; }
  /// `nodes` has null for hosts that are off.
  void look(TimePoint now, const Medium& medium, const std::vector<const node::FieldNode*>& nodes);

 private:
  using Pair = std::pair<HostIndex, HostIndex>;

  void look_at_places(const Medium& medium);
  void look_at_neighbours(TimePoint now, const std::vector<const node::FieldNode*>& nodes);
  void look_at_components(const Medium& medium, const std::vector<const node::FieldNode*>& nodes);
  void look_at_airtime(const Medium& medium);

  Recorder& recorder_;
  std::size_t hosts_;
  std::map<std::string, HostIndex> names_;
  Duration due_{};
  std::vector<std::optional<Position>> places_;
  std::set<Pair> links_;
  std::vector<unsigned> components_;
};

}  // namespace muster::sim
