// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/place.hpp"

#include <algorithm>
#include <cmath>

namespace muster::overlay {

Place place_of(ports::Digest& digest, std::string_view name) {
  const auto whole = digest.sha256(as_bytes(name));
  return *Place::from(BytesView(whole).first(Place::size));
}

std::vector<NodeId> closest_to(const Place& place, std::vector<NodeId> nodes, std::size_t count) {
  const auto nearer = [&](const NodeId& a, const NodeId& b) {
    for (std::size_t i = 0; i < Place::size; ++i) {
      const auto to_a = static_cast<std::uint8_t>(a.octets[i] ^ place.octets[i]);
      const auto to_b = static_cast<std::uint8_t>(b.octets[i] ^ place.octets[i]);
      if (to_a != to_b) return to_a < to_b;
    }
    return false;
  };
  const auto end = nodes.begin() + static_cast<std::ptrdiff_t>(std::min(count, nodes.size()));
  std::partial_sort(nodes.begin(), end, nodes.end(), nearer);
  nodes.erase(end, nodes.end());
  return nodes;
}

unsigned copies_for(double deaths, double survival) {
  return static_cast<unsigned>(std::ceil(std::log(1 - survival) / std::log(deaths) - 1e-9));
}

}  // namespace muster::overlay
