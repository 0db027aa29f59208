// SPDX-License-Identifier: Apache-2.0
#include "node/delegations.hpp"

#include <gtest/gtest.h>

namespace muster::node {
namespace {

using namespace std::chrono_literals;

constexpr const char* bob = "bob@drill.example";

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return id;
}

class DelegationsTest : public testing::Test {
 protected:
  TimePoint now{1000h};
  Delegations delegations{Delegations::Limits{}};
};

TEST_F(DelegationsTest, OnlyTheFirstProofAtANodeIsNews) {
  EXPECT_TRUE(delegations.prove(now, bob, node(1)));
  EXPECT_FALSE(delegations.prove(now + 1min, bob, node(1)));
  EXPECT_TRUE(delegations.prove(now + 1min, bob, node(2)));
}

TEST_F(DelegationsTest, AreStatedWithTheirAgesEveryHour) {
  delegations.prove(now, bob, node(1));
  ASSERT_TRUE(delegations.state(now, bob));
  EXPECT_EQ(delegations.deadline(), now + 1h);
  EXPECT_TRUE(delegations.due(now + 59min).empty());
  ASSERT_EQ(delegations.due(now + 1h), std::vector<std::string>{bob});
  const auto record = delegations.state(now + 1h, bob);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->visited, (std::vector<wire::DelegationRecord::Visited>{{node(1), 1h}}));
}

TEST_F(DelegationsTest, EndEightHoursAfterTheLastProof) {
  delegations.prove(now, bob, node(1));
  delegations.prove(now, bob, node(2));
  delegations.prove(now + 1h, bob, node(2));
  EXPECT_TRUE(delegations.state(now + 8h - 1s, bob)->names(node(1)));
  const auto later = delegations.state(now + 8h, bob);
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->names(node(1)));
  EXPECT_TRUE(later->names(node(2)));
  EXPECT_FALSE(delegations.state(now + 9h, bob));
  EXPECT_FALSE(delegations.deadline()) << "nothing is left to be stated";
}

TEST_F(DelegationsTest, HoldOnAfterARestartForWhatWasLeft) {
  delegations.restore(bob, {{{node(1), 3h}}}, now - 1h);
  EXPECT_EQ(delegations.state(now, bob)->visited.at(0).age, 4h);
  EXPECT_FALSE(delegations.state(now + 4h, bob));
}

TEST_F(DelegationsTest, BeyondTheLimitTheOldestProofGoes) {
  for (std::uint8_t i = 0; i <= wire::DelegationRecord::visited_max; ++i) {
    delegations.prove(now + std::chrono::minutes{i}, bob, node(static_cast<std::uint8_t>(99 - i)));
  }
  const auto record = delegations.state(now + 1h, bob);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->visited.size(), wire::DelegationRecord::visited_max);
  EXPECT_FALSE(record->names(node(99)));
  EXPECT_TRUE(record->names(node(98)));
}

}  // namespace
}  // namespace muster::node
