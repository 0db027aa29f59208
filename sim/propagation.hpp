// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/decibel.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// How strong one host's signal is at another: log-distance path loss, plus shadowing that is
/// frozen per pair, the same both ways (a hill stays where it is; that hosts which move come from
/// behind it is not modelled).
class Propagation {
 public:
  struct Parameters {
    double range_m = 0;                   ///< where the median path has `level_at_range`
    Centidecibel level_at_range = 0;      ///< above noise
    std::int32_t path_loss_exponent = 0;  ///< in hundredths
    Centidecibel shadowing = 0;           ///< standard deviation
  };
  Propagation(Parameters parameters, std::uint64_t seed);

  /// Above noise. Nearer than a metre is taken as a metre.
  [[nodiscard]] Centidecibel level(HostIndex a, Position at_a, HostIndex b, Position at_b) const;
  /// No signal of `level` or more comes from farther away.
  [[nodiscard]] double farthest_m(Centidecibel level) const;

 private:
  [[nodiscard]] Centidecibel shadow(HostIndex a, HostIndex b) const;

  Parameters parameters_;
  std::int32_t range_squared_log_;
  std::uint64_t seed_;
};

}  // namespace muster::sim
