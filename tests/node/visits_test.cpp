// SPDX-License-Identifier: Apache-2.0
#include "node/visits.hpp"

#include <gtest/gtest.h>

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using Aors = std::vector<std::string>;

constexpr const char* bob = "bob@drill.example";
constexpr const char* carol = "carol@drill.example";

class VisitsTest : public testing::Test {
 protected:
  TimePoint now{1h};
  Visits visits{Visits::Limits{.users_max = 2}};
};

TEST_F(VisitsTest, AHomeIsAskedAtOnceAndThenUntilItHasSigned) {
  EXPECT_TRUE(visits.arrived(now, bob));
  EXPECT_EQ(visits.deadline(), now);
  EXPECT_EQ(visits.due(now), Aors{bob});
  EXPECT_TRUE(visits.due(now + 29s).empty());
  EXPECT_EQ(visits.due(now + 30s), Aors{bob});
  visits.signed_for(bob);
  EXPECT_FALSE(visits.deadline());
  EXPECT_TRUE(visits.due(now + 24h).empty());
}

TEST_F(VisitsTest, OnePhoneMoreOfAUserIsNoNewVisit) {
  EXPECT_TRUE(visits.arrived(now, bob));
  visits.signed_for(bob);
  EXPECT_FALSE(visits.arrived(now, bob));
  EXPECT_TRUE(visits.due(now).empty());
}

TEST_F(VisitsTest, NewPrekeysAreSignedAnew) {
  visits.arrived(now, bob);
  visits.signed_for(bob);
  visits.renewed(now);
  EXPECT_EQ(visits.due(now), Aors{bob});
}

TEST_F(VisitsTest, AreForgottenWhenTheyEnd) {
  visits.arrived(now, bob);
  visits.arrived(now, carol);
  visits.retain({carol});
  EXPECT_FALSE(visits.contains(bob));
  EXPECT_EQ(visits.users(), Aors{carol});
}

TEST_F(VisitsTest, HaveALimit) {
  EXPECT_TRUE(visits.arrived(now, bob));
  EXPECT_TRUE(visits.arrived(now, carol));
  EXPECT_FALSE(visits.arrived(now, "dave@drill.example"));
}

}  // namespace
}  // namespace muster::node
