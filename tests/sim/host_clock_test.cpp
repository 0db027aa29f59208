// SPDX-License-Identifier: Apache-2.0
#include "sim/host_clock.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/exponential.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

TEST(HostClock, BeginsAnywhereAndGains) {
  const HostClock clock(TimePoint{100s}, TimePoint{7h}, 100'000);  // 100 ppm
  EXPECT_EQ(clock.local(TimePoint{100s}), TimePoint{7h});
  EXPECT_EQ(clock.local(TimePoint{10'100s}), TimePoint{7h + 10'001s});
}

TEST(HostClock, IsWokenWhenItShowsTheTimeAndNotMuchLater) {
  for (const std::int64_t ppb : {0, 1, -1, 20'000, -20'000, 1'000'000, -1'000'000}) {
    const HostClock clock(TimePoint{3600s}, TimePoint{9h}, ppb);
    for (const Duration passed : {0ns, 1ns, 999'999'999ns, 1'000'000'001ns, 86'400'123'456'789ns}) {
      const auto shown = TimePoint{9h} + passed;
      const auto when = clock.when(shown);
      EXPECT_GE(clock.local(when), shown) << ppb << ' ' << passed.count();
      EXPECT_LE(clock.local(when), shown + 100ns) << ppb << ' ' << passed.count();
    }
  }
}

TEST(NaturalLogarithm, IsThatOfTheLibraryButForRounding) {
  for (const double x :
       {1e-300, 1e-16, 0.1, 0.5, 0.999999, 1.0, 1.5, 2.0, 10.0, 12345.678, 1e300}) {
    EXPECT_NEAR(natural_logarithm(x), std::log(x), 1e-14 * std::max(1.0, std::abs(std::log(x))));
  }
}

TEST(ExponentialTime, IsShorterThanItsMedianHalfOfTheTime) {
  SeededRandom random(1);
  int shorter = 0;
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto time = exponential_time(1h, random);
    shorter += time < 1h;
    sum += std::chrono::duration<double, std::ratio<3600>>(time).count();
  }
  EXPECT_NEAR(shorter / 20'000.0, 0.5, 0.015);
  EXPECT_NEAR(sum / 20'000.0, 1 / std::log(2.0), 0.04);
}

}  // namespace
}  // namespace muster::sim
