// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/membership.hpp"

#include <gtest/gtest.h>

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint start{1h};

TEST(MembershipChoice, KnowsEverybodyAmongFew) {
  MembershipChoice choice{{}};
  EXPECT_EQ(choice.choose(start, Membership::everybody, 256, true), Membership::everybody);
  EXPECT_EQ(choice.choose(start, Membership::everybody, 257, true), Membership::buckets);
}

TEST(MembershipChoice, KnowsEverybodyWhereNotEveryLinkReachesAnyAddress) {
  MembershipChoice choice{{}};
  EXPECT_EQ(choice.choose(start, Membership::everybody, 10'000, false), Membership::everybody);
  EXPECT_EQ(choice.choose(start, Membership::buckets, 10'000, false), Membership::everybody);
}

TEST(MembershipChoice, GoesBackWhenThereHaveBeenFewForSomeTime) {
  MembershipChoice choice{{}};
  EXPECT_EQ(choice.choose(start, Membership::buckets, 200, true), Membership::buckets);
  EXPECT_EQ(choice.choose(start, Membership::buckets, 150, true), Membership::buckets);
  EXPECT_EQ(choice.choose(start + 119s, Membership::buckets, 150, true), Membership::buckets);
  EXPECT_EQ(choice.choose(start + 120s, Membership::buckets, 150, true), Membership::everybody);
}

TEST(MembershipChoice, ForgetsThatThereWereFewWhenThereAreMoreAgain) {
  MembershipChoice choice{{}};
  EXPECT_EQ(choice.choose(start, Membership::buckets, 150, true), Membership::buckets);
  EXPECT_EQ(choice.choose(start + 60s, Membership::buckets, 200, true), Membership::buckets);
  EXPECT_EQ(choice.choose(start + 130s, Membership::buckets, 150, true), Membership::buckets);
}

}  // namespace
}  // namespace muster::overlay
