// SPDX-License-Identifier: Apache-2.0
#include "sim/propagation.hpp"

#include <algorithm>
#include <array>

namespace muster::sim {
namespace {

/// The upper half of the normal distribution as the middles of 32 equally likely pieces, in
/// thousandths of the standard deviation.
constexpr std::array<std::int32_t, 32> normal_pieces = {
    20,  59,  98,  138, 177, 217, 257,  298,  339,  381,  424,  467,  511,  556,  602,  650,
    699, 750, 803, 858, 917, 978, 1043, 1113, 1189, 1273, 1366, 1473, 1601, 1762, 1987, 2418};

/// The finaliser of splitmix64: every bit of the input moves every bit of the output.
std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Propagation::Propagation(Parameters parameters, std::uint64_t seed)
    : parameters_(parameters),
      range_squared_log_(thousandths_of_log10(parameters.range_m * parameters.range_m)),
      seed_(seed) {}

Centidecibel Propagation::level(HostIndex a, Position at_a, HostIndex b, Position at_b) const {
  const double dx = at_a.x_m - at_b.x_m;
  const double dy = at_a.y_m - at_b.y_m;
  const double squared_m = std::max(dx * dx + dy * dy, 1.0);
  // 10 n log10(d / range) decibels, by the squares.
  const auto beyond = thousandths_of_log10(squared_m) - range_squared_log_;
  return parameters_.level_at_range - parameters_.path_loss_exponent * beyond / 200 + shadow(a, b);
}

double Propagation::farthest_m(Centidecibel level) const {
  const auto strongest = parameters_.shadowing * normal_pieces.back() / 1000;
  const auto spare = parameters_.level_at_range - level + strongest;
  return parameters_.range_m * power_of_ten(spare * 100 / parameters_.path_loss_exponent + 2);
}

Centidecibel Propagation::shadow(HostIndex a, HostIndex b) const {
  const auto low = std::min(a, b);
  const auto high = std::max(a, b);
  const auto hash = mixed(mixed(seed_ ^ (std::uint64_t{high} << 32 | low)) + seed_);
  const auto size = normal_pieces[hash >> 59] * parameters_.shadowing / 1000;
  return (hash & 1) != 0 ? size : -size;
}

}  // namespace muster::sim
