// SPDX-License-Identifier: Apache-2.0
#include "sim/exponential.hpp"

#include <bit>
#include <cstdint>

namespace muster::sim {
namespace {

constexpr double ln_2 = 0.69314718055994530942;

}  // namespace

double natural_logarithm(double x) {
  // x = m 2^e with m in [1, 2); then ln m = 2 artanh((m - 1) / (m + 1)), whose series is quick
  // where that fraction is at most 1/3.
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023;
  const auto m = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (int k = 35; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * ln_2 + 2 * t * sum;
}

Duration exponential_time(Duration median, SeededRandom& random) {
  const double share = 1 - random.unit();  // above zero
  return Duration{static_cast<Duration::rep>(static_cast<double>(median.count()) *
                                             (-natural_logarithm(share) / ln_2))};
}

}  // namespace muster::sim
