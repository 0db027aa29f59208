// SPDX-License-Identifier: Apache-2.0
#include "node/broadcasts.hpp"

#include "tests/support/seeded_test_random.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
const NodeId self{{1}};
const NodeId peer{{2}};
constexpr LinkId link{0};

TEST(Broadcasts, WhatNeighboursSayAboutKeysIsCheckedAndCounted) {
  muster::test::SeededTestRandom random(1);
  Broadcasts broadcasts(self, random, {});
  const Bytes heard{2};
  broadcasts.receive_told(start, peer, link, heard);  // of no neighbour
  broadcasts.neighbour_new(peer);
  const auto offer = broadcasts.poll();
  ASSERT_TRUE(offer);
  broadcasts.receive_told(start, peer, link, {});
  broadcasts.receive_told(start, peer, link, Bytes{3});
  broadcasts.receive_told(start, peer, link, Bytes{2, 0});
  EXPECT_EQ(broadcasts.counters().malformed, 4u);
  for (std::size_t size = 1; size < offer->message.size(); ++size) {
    broadcasts.receive_told(start, peer, link, BytesView(offer->message).first(size));
  }
  EXPECT_EQ(broadcasts.counters().keys_refused, offer->message.size() - 1);
  EXPECT_FALSE(broadcasts.hears(start, peer, link));
  broadcasts.receive_told(start, peer, link, heard);
  EXPECT_TRUE(broadcasts.hears(start, peer, link));
}

TEST(Broadcasts, ANeighbourHearsOnTheLinkWhereItSaidSoAndForAWhile) {
  muster::test::SeededTestRandom random(1);
  Broadcasts broadcasts(self, random, {});
  broadcasts.neighbour_new(peer);
  broadcasts.receive_told(start, peer, link, Bytes{2});
  EXPECT_FALSE(broadcasts.hears(start, peer, LinkId{1}));
  EXPECT_TRUE(broadcasts.may_hear(start, peer, LinkId{1}));
  EXPECT_FALSE(broadcasts.hears(start + 11min, peer, link));
  TimePoint now = start + 11min;
  for (unsigned i = 0; i < Broadcasts::Limits{}.trials_max; ++i, now += 1s) {
    EXPECT_TRUE(broadcasts.may_hear(now, peer, link));
    EXPECT_EQ(broadcasts.presumed_to_hear(now, peer, link), i < Broadcasts::Limits{}.trials_alone);
    for (int burst = 0; burst < 5; ++burst) broadcasts.tried(now, peer, link);
  }
  EXPECT_FALSE(broadcasts.may_hear(now, peer, link));
  EXPECT_TRUE(broadcasts.may_hear(now + 10min, peer, link));
  EXPECT_FALSE(broadcasts.presumed_to_hear(now + 10min, peer, link));
  broadcasts.neighbour_gone(peer);
  EXPECT_FALSE(broadcasts.may_hear(start, peer, link));
}

}  // namespace
}  // namespace muster::node
