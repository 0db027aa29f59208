// SPDX-License-Identifier: Apache-2.0
#include "node/guests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_overlay.hpp"

namespace muster::node {
namespace {

using testing::HasSubstr;

TEST(Guests, AreUsersWhoseOnlyHomeIsHere) {
  const test::TestOverlay overlay(2);
  EXPECT_TRUE(check_guests(overlay.kits[0], {}));
  EXPECT_TRUE(check_guests(overlay.kits[0], {"alice"}));
}

TEST(Guests, AUserOfAnotherNodeIsNone) {
  const test::TestOverlay overlay(2);
  const auto checked = check_guests(overlay.kits[0], {"alice", "bob"});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().sentence, HasSubstr("sip.guests: bob is not at home at host-1; "));
  EXPECT_THAT(checked.error().sentence, HasSubstr("muster pki user bob --homes host-1"));
}

TEST(Guests, AUserWithSeveralHomesIsNone) {
  const test::TestOverlay overlay(2, 1, {{1, {0}}});  // bob's second home is host-1
  const auto checked = check_guests(overlay.kits[0], {"bob"});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().sentence, HasSubstr("bob is at home at other nodes too"));
}

}  // namespace
}  // namespace muster::node
