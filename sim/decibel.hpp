// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace muster::sim {

// Logarithms without libm, whose last bit differs between machines: one table of a decade, made by
// the compiler, and operations that IEEE 754 rounds exactly. All levels are whole centidecibels.

/// A level in hundredths of a decibel.
using Centidecibel = std::int32_t;

/// 10^(thousandths / 1000), for -300,000 to 300,000.
[[nodiscard]] double power_of_ten(std::int32_t thousandths);
/// 1000 log10(value), rounded down; `value` above zero. Of a power, these are centidecibels.
[[nodiscard]] std::int32_t thousandths_of_log10(double value);
/// 2^-x for x of zero or more, to five digits.
[[nodiscard]] double power_of_half(double x);

/// Power in units of a ten-millionth of the noise, so that sums are exact and their order does not
/// matter. Levels are relative to the noise and cut at 100 dB.
[[nodiscard]] std::uint64_t linear_power(Centidecibel above_noise);
inline constexpr std::uint64_t linear_noise = 10'000'000;
/// Back again; `power` above zero.
[[nodiscard]] Centidecibel level_of(std::uint64_t power);

}  // namespace muster::sim
