// SPDX-License-Identifier: Apache-2.0
#include "sim/delta_debugging.hpp"

#include <algorithm>

namespace muster::sim {
namespace {

using Parts = std::vector<std::uint32_t>;

/// `parts` without those from `begin` to `end` - 1.
Parts without(const Parts& parts, std::size_t begin, std::size_t end) {
  Parts rest(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(begin));
  rest.insert(rest.end(), parts.begin() + static_cast<std::ptrdiff_t>(end), parts.end());
  return rest;
}

/// Leaves out one of `pieces` equal pieces if it still fails without; true if it did.
bool leave_out_a_piece(Parts& parts, std::size_t pieces, const StillFails& still_fails) {
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const auto begin = piece * parts.size() / pieces;
    const auto end = (piece + 1) * parts.size() / pieces;
    auto rest = without(parts, begin, end);
    if (!still_fails(rest)) continue;
    parts = std::move(rest);
    return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint32_t> fewest_parts(std::vector<std::uint32_t> parts,
                                        const StillFails& still_fails) {
  std::size_t pieces = 1;
  while (!parts.empty()) {
    pieces = std::min(pieces, parts.size());
    if (leave_out_a_piece(parts, pieces, still_fails)) {
      pieces = std::max<std::size_t>(pieces, 2) - 1;
    } else if (pieces == parts.size()) {
      break;
    } else {
      pieces = std::min(pieces * 2, parts.size());
    }
  }
  return parts;
}

std::uint64_t least_number(std::uint64_t floor, std::uint64_t value,
                           const std::function<bool(std::uint64_t)>& still_fails_at) {
  while (floor < value) {
    const auto middle = floor + (value - floor) / 2;
    if (still_fails_at(middle)) {
      value = middle;
    } else {
      floor = middle + 1;
    }
  }
  return value;
}

}  // namespace muster::sim
