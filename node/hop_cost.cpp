// SPDX-License-Identifier: Apache-2.0
#include "node/hop_cost.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace muster::node {
namespace {

/// Costs closer than this (256 = one transmission), and closer than this part of each other, are
/// not worth an update: every one is told all through the mesh.
constexpr int cost_step_min = 48;
constexpr int cost_step_part = 4;
/// Frames that a hop is taken to have lost before it was measured. Were it taken for perfect until
/// it has shown otherwise, everybody would first hear of routes that are soon much worse.
constexpr double lost_at_first = 1.0;

}  // namespace

std::uint16_t cost_of(const radio::HopLink::Quality& quality, double weight) {
  const double trials = quality.delivery_trials + 1.0;
  double ratio = quality.delivery_ratio * trials / (trials + lost_at_first);
  if (weight > 1) {
    // Few frames go over a slow hop, and many of those that are lost met another's by chance.
    constexpr double presumed_trials = 8;
    constexpr double presumed_ratio = 0.75;
    ratio = (quality.delivery_ratio * trials + presumed_ratio * presumed_trials) /
            (trials + presumed_trials);
  }
  return static_cast<std::uint16_t>(std::lround(256.0 / std::clamp(ratio, 0.05, 1.0) * weight));
}

double weight_of(const radio::LinkProfile& profile, std::size_t datagram_bytes_max) {
  constexpr double weighs_one_more = 1e8;  // ns
  constexpr double weight_max = 24;
  const auto airtime = static_cast<double>(profile.airtime(datagram_bytes_max).count());
  return std::min(weight_max, 1 + airtime / weighs_one_more);
}

bool worth_telling(int cost, int told) {
  const int moved = std::abs(cost - told);
  return moved >= cost_step_min && moved * cost_step_part >= told;
}

}  // namespace muster::node
