// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/spread.hpp"

#include <gtest/gtest.h>

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
constexpr SpreadLimits limits{1000, 60, 2min};

TEST(SpreadChoice, GoesToTheClosestWhenAllIsTooMuchForEverybody) {
  SpreadChoice choice(limits);
  EXPECT_EQ(choice.choose(start, Spread::everybody, {1000, 100, 20}), Spread::everybody);
  EXPECT_EQ(choice.choose(start, Spread::everybody, {1001, 100, 20}), Spread::closest);
}

TEST(SpreadChoice, GoesBackOnlyWhenItHasBeenLittleForAWhile) {
  SpreadChoice choice(limits);
  EXPECT_EQ(choice.choose(start, Spread::closest, {599, 100, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 1min, Spread::closest, {700, 100, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 2min, Spread::closest, {599, 100, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 3min, Spread::closest, {599, 100, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 4min, Spread::closest, {599, 100, 20}), Spread::everybody);
}

TEST(SpreadChoice, DoesNotPlaceAmongSoFewThatEverybodyWouldHoldEverything) {
  SpreadChoice choice(limits);
  EXPECT_EQ(choice.choose(start, Spread::everybody, {5000, 20, 20}), Spread::everybody);
  EXPECT_EQ(choice.choose(start, Spread::closest, {5000, 12, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 2min, Spread::closest, {5000, 12, 20}), Spread::everybody);
}

TEST(SpreadChoice, FollowsOthersWhoPlaceWhileItIsNotLittle) {
  SpreadChoice choice(limits);
  EXPECT_EQ(choice.choose(start, Spread::everybody, {700, 100, 20, true}), Spread::closest);
  EXPECT_EQ(choice.choose(start, Spread::everybody, {500, 100, 20, true}), Spread::everybody);
}

TEST(SpreadChoice, IsForcedByALimitOfNothing) {
  SpreadChoice choice({0});
  EXPECT_EQ(choice.choose(start, Spread::everybody, {0, 1, 20}), Spread::closest);
  EXPECT_EQ(choice.choose(start + 1h, Spread::closest, {0, 1, 20}), Spread::closest);
}

TEST(SpreadChoice, IsLeftToOthersWithoutALimit) {
  SpreadChoice choice({});
  EXPECT_EQ(choice.choose(start, Spread::everybody, {5000, 100, 20}), Spread::everybody);
  EXPECT_EQ(choice.choose(start, Spread::closest, {0, 1, 20}), Spread::closest);
}

}  // namespace
}  // namespace muster::overlay
