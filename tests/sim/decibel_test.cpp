// SPDX-License-Identifier: Apache-2.0
#include "sim/decibel.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muster::sim {
namespace {

TEST(Decibel, PowersOfTenAreThoseOfTheLibrary) {
  for (std::int32_t thousandths = -12'345; thousandths <= 18'000; thousandths += 37)
    EXPECT_NEAR(power_of_ten(thousandths) / std::pow(10, thousandths / 1000.0), 1, 1e-9);
}

TEST(Decibel, LogarithmsRoundDownToThousandths) {
  for (double value = 1e-9; value < 1e18; value *= 1.37) {
    const double exact = 1000 * std::log10(value);
    EXPECT_LE(thousandths_of_log10(value), exact + 1e-6);
    EXPECT_GT(thousandths_of_log10(value), exact - 1.0001);
  }
}

TEST(Decibel, LevelsComeBackFromTheirPowers) {
  for (Centidecibel level = -4'000; level <= 9'900; level += 7)
    EXPECT_NEAR(level_of(linear_power(level)), level, 1);
  EXPECT_EQ(linear_power(0), linear_noise);
}

TEST(Decibel, PowersOfHalfAreGoodToFiveDigits) {
  for (double x = 0; x < 40; x += 0.0137) EXPECT_NEAR(power_of_half(x) / std::exp2(-x), 1, 1e-5);
}

}  // namespace
}  // namespace muster::sim
