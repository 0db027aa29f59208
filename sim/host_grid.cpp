// SPDX-License-Identifier: Apache-2.0
#include "sim/host_grid.hpp"

#include <algorithm>
#include <cmath>

namespace muster::sim {

void HostGrid::rebuild(const std::vector<Position>& positions) {
  for (auto& [square, hosts] : squares_) hosts.clear();
  for (HostIndex host = 0; host < positions.size(); ++host)
    squares_[square_of(positions[host])].push_back(host);
}

void HostGrid::near(Position place, std::vector<HostIndex>& hosts) const {
  hosts.clear();
  const auto [column, row] = square_of(place);
  for (auto x = column - 1; x <= column + 1; ++x) {
    for (auto square = squares_.lower_bound({x, row - 1});
         square != squares_.end() && square->first <= Square{x, row + 1}; ++square) {
      hosts.insert(hosts.end(), square->second.begin(), square->second.end());
    }
  }
  std::sort(hosts.begin(), hosts.end());
}

HostGrid::Square HostGrid::square_of(Position place) const {
  return {static_cast<std::int64_t>(std::floor(place.x_m / square_m_)),
          static_cast<std::int64_t>(std::floor(place.y_m / square_m_))};
}

}  // namespace muster::sim
