// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace muster {

/// What is left of 1 after so many halvings, 2^-count for `count` of at least 0. The mathematical
/// library's function differs in its last bit from processor to processor, and with it every run of
/// a simulation; here are only operations that IEEE 754 defines to the bit.
[[nodiscard]] inline double left_after_halvings(double count) {
  if (!(count < 1024)) return 0;
  const int whole = static_cast<int>(count);
  const double x = -0.69314718055994530942 * (count - whole);  // in (-ln 2, 0]
  double sum = 1;
  for (int term = 20; term >= 1; --term) sum = 1 + sum * x / term;
  return std::ldexp(sum, -whole);
}

}  // namespace muster
