// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>

#include "core/base/ids.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"

namespace muster::node {

/// With which neighbours the directory is compared.
///
/// Not with those whom packets reach at less cost over another (over a hop that loses nearly all):
/// they hear of everything on that way. And of many that appear at once with the first few, mostly
/// those on good hops: the rest follow when routes have told good hops from bad, and when the first
/// exchanges have left little to compare.
class DirectoryPartners {
 public:
  struct Limits {
    std::size_t at_once = 3;
    Duration others_after_min = std::chrono::seconds{10};
    Duration others_after_max = std::chrono::seconds{20};
  };
  struct Change {
    NodeId neighbour;
    bool compared = false;
  };

  DirectoryPartners(Limits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  /// `direct`: no shorter way over another is known.
  void neighbour_up(TimePoint now, const NodeId& neighbour, bool direct);
  void neighbour_down(const NodeId& neighbour);
  /// Nothing happens for who is no neighbour.
  void route_changed(TimePoint now, const NodeId& destination, bool direct);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Change> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  struct Neighbour {
    bool direct = true;
    bool compared = false;
    TimePoint from{};
  };
  void review(TimePoint now, const NodeId& id, Neighbour& neighbour);

  Limits limits_;
  SeededRandom random_;
  std::map<NodeId, Neighbour> neighbours_;
  std::size_t compared_ = 0;
  std::deque<Change> changes_;
};

}  // namespace muster::node
