// SPDX-License-Identifier: Apache-2.0
#include "core/base/halving.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(LeftAfterHalvings, IsAPowerOfTwo) {
  EXPECT_EQ(left_after_halvings(0), 1);
  EXPECT_EQ(left_after_halvings(1), 0.5);
  EXPECT_EQ(left_after_halvings(10), 1.0 / 1024);
  EXPECT_EQ(left_after_halvings(1e9), 0);
}

TEST(LeftAfterHalvings, IsThatOfTheLibraryButForRounding) {
  for (double count = 0; count < 60; count += 0.137) {
    EXPECT_NEAR(left_after_halvings(count) / std::exp2(-count), 1, 1e-15);
  }
}

}  // namespace
}  // namespace muster
