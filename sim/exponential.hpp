// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"

namespace muster::sim {

/// The natural logarithm of a number above zero. Mathematical libraries differ in the last bit from
/// machine to machine; this one uses nothing but IEEE 754's basic operations and is the same
/// everywhere.
[[nodiscard]] double natural_logarithm(double x);

/// A time that is exponentially distributed with this median: half of all are shorter.
[[nodiscard]] Duration exponential_time(Duration median, SeededRandom& random);

}  // namespace muster::sim
