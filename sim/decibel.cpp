// SPDX-License-Identifier: Apache-2.0
#include "sim/decibel.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace muster::sim {
namespace {

constexpr int steps_per_decade = 1000;

constexpr std::array<double, steps_per_decade> make_decade() {
  std::array<double, steps_per_decade> table{};
  double value = 1;
  for (auto& entry : table) {
    entry = value;
    value *= 1.0023052380778996;  // 10^(1/1000)
  }
  return table;
}
constexpr auto decade = make_decade();

constexpr int halves_steps = 256;

constexpr std::array<double, halves_steps + 1> make_halves() {
  std::array<double, halves_steps + 1> table{};
  double value = 1;
  for (auto& entry : table) {
    entry = value;
    value *= 0.9972960560854701;  // 2^(-1/256)
  }
  return table;
}
constexpr auto halves = make_halves();

constexpr int exact_powers = 23;

/// 10^0 to 10^22; every one of them is exact.
constexpr std::array<double, exact_powers> make_powers() {
  std::array<double, exact_powers> table{};
  double value = 1;
  for (auto& entry : table) {
    entry = value;
    value *= 10;
  }
  return table;
}
constexpr auto powers = make_powers();

double whole_power_of_ten(std::int32_t exponent) {
  if (exponent < 0) return 1 / whole_power_of_ten(-exponent);
  double value = 1;
  for (; exponent >= exact_powers; --exponent) value *= 10;
  return value * powers[static_cast<std::size_t>(exponent)];
}

constexpr int places_per_one = 64;

/// For each 64th from 1 to 10 the number of steps of `decade` that lie at or below it: where to
/// begin to look for the step of a value, at most seven steps short of it.
constexpr std::array<std::uint16_t, 9 * places_per_one> make_starts() {
  std::array<std::uint16_t, 9 * places_per_one> table{};
  std::uint16_t step = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double place = 1 + static_cast<double>(i) / places_per_one;
    while (step < steps_per_decade && decade[step] <= place) ++step;
    table[i] = step;
  }
  return table;
}
constexpr auto starts = make_starts();

/// How many steps of `decade` lie at or below a value from 1 to 10.
std::int32_t steps_up_to(double value) {
  const auto place = static_cast<std::size_t>((value - 1) * places_per_one);
  std::size_t step = starts[std::min(place, starts.size() - 1)];
  while (step < decade.size() && decade[step] <= value) ++step;
  return static_cast<std::int32_t>(step);
}

/// The whole part of the logarithm of a value of one or more.
std::int32_t whole_log10(double value) {
  // log10(2) is 0.30103: at most one short.
  const auto guess = std::min(std::ilogb(value) * 30102 / 100'000, exact_powers - 1);
  const bool more =
      guess + 1 < exact_powers && powers[static_cast<std::size_t>(guess) + 1] <= value;
  return more ? guess + 1 : guess;
}

}  // namespace

double power_of_ten(std::int32_t thousandths) {
  auto exponent = thousandths / steps_per_decade;
  auto rest = thousandths % steps_per_decade;
  if (rest < 0) {
    rest += steps_per_decade;
    --exponent;
  }
  return decade[static_cast<std::size_t>(rest)] * whole_power_of_ten(exponent);
}

std::int32_t thousandths_of_log10(double value) {
  std::int32_t exponent = 0;
  for (; value < 1; --exponent) value *= 10;
  const auto whole = whole_log10(value);
  exponent += whole;
  const double scale = powers[static_cast<std::size_t>(whole)];
  const auto step = steps_up_to(value / scale) - 1;
  return exponent * steps_per_decade + std::max(step, 0);
}

double power_of_half(double x) {
  if (x >= 60) return 0;
  double value = 1;
  for (; x >= 1; x -= 1) value /= 2;
  const double place = x * halves_steps;
  const auto step = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(step);
  return value * (halves[step] + (halves[step + 1] - halves[step]) * part);
}

std::uint64_t linear_power(Centidecibel above_noise) {
  constexpr Centidecibel highest = 10'000;
  constexpr Centidecibel unit = 7'000;  // linear_noise in centidecibels
  const auto level = std::min(above_noise, highest) + unit;
  return level < 0 ? 0 : static_cast<std::uint64_t>(power_of_ten(level));
}

Centidecibel level_of(std::uint64_t power) {
  return thousandths_of_log10(static_cast<double>(power)) - 7'000;
}

}  // namespace muster::sim
