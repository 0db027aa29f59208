// SPDX-License-Identifier: Apache-2.0
#include "sim/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace muster::sim {

std::optional<double> Distribution::quantile_ms(double share) const {
  if (values_.empty()) return std::nullopt;
  auto sorted = values_;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  const auto place = std::clamp<std::size_t>(rank, 1, sorted.size()) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place),
                   sorted.end());
  return static_cast<double>(sorted[place].count()) / 1e6;
}

}  // namespace muster::sim
