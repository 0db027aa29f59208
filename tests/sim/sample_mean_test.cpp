// SPDX-License-Identifier: Apache-2.0
#include "sim/sample_mean.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

TEST(SampleMean, IsNothingWithoutValues) { EXPECT_FALSE(sample_mean({})); }

TEST(SampleMean, HasNoIntervalWithOneValue) {
  const auto one = sample_mean({7});
  ASSERT_TRUE(one);
  EXPECT_DOUBLE_EQ(one->mean, 7);
  EXPECT_FALSE(one->half_width);
}

// 1, 2, 3, 4, 5: standard deviation sqrt(2.5), t(0.975; 4) = 2.776445 (tables).
TEST(SampleMean, HasStudentsInterval) {
  const auto five = sample_mean({1, 2, 3, 4, 5});
  ASSERT_TRUE(five);
  EXPECT_DOUBLE_EQ(five->mean, 3);
  EXPECT_NEAR(five->half_width.value(), 2.776445 * 0.7071068, 1e-5);
  EXPECT_DOUBLE_EQ(five->least, 1);
  EXPECT_DOUBLE_EQ(five->most, 5);
}

TEST(SampleMean, HasAnEmptyIntervalWhereAllAreAlike) {
  EXPECT_DOUBLE_EQ(sample_mean({4, 4, 4})->half_width.value(), 0);
}

}  // namespace
}  // namespace muster::sim
