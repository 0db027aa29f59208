// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/bucket_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {
namespace {

constexpr RoundTrip::Limits round_trip{};

NodeId random_id(SeededRandom& random) {
  NodeId id;
  for (auto& octet : id.octets) octet = static_cast<std::uint8_t>(random.next());
  return id;
}

Contact contact(const NodeId& id) {
  return {id, {LinkId{0}, LinkAddress::from_ip({{false, {10, 0, 0, id.octets[15]}, 0}, 7300})}};
}

struct BucketTables : ::testing::Test {
  SeededRandom random{7};
  NodeId self = random_id(random);
  BucketTable table{self, {}};
  TimePoint now{std::chrono::hours{1}};
  std::vector<NodeId> all;

  void meet(std::size_t nodes) {
    for (std::size_t i = 0; i < nodes; ++i) {
      all.push_back(random_id(random));
      now += std::chrono::seconds{1};
      table.answered(now, contact(all.back()), round_trip);
    }
  }
};

TEST_F(BucketTables, KnowsAllWhereThereAreFewerThanSiblings) {
  meet(BucketTableLimits{}.siblings_max - 1);
  EXPECT_EQ(table.size(), all.size());
  EXPECT_EQ(table.nodes_estimated(), all.size() + 1);
  EXPECT_EQ(table.levels(), 0U);
}

TEST_F(BucketTables, GrowsWithTheLogarithmOfTheNodes) {
  meet(1000);
  const auto thousand = table.size();
  meet(9000);
  EXPECT_LE(thousand, 32U + 8 * 6);
  EXPECT_LE(table.size(), thousand + 8 * 4);
  EXPECT_GT(table.size(), thousand);
}

TEST_F(BucketTables, KnowsItsSiblingsAll) {
  meet(3000);
  const Place own = *Place::from(self.view());
  const auto closest = closest_to(own, all, 32);
  const auto known = table.closest(own, 32);
  ASSERT_EQ(known.size(), 32U);
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_EQ(known[i].id, closest[i]);
}

TEST_F(BucketTables, EstimatesHowManyNodesThereAre) {
  meet(4000);
  EXPECT_GT(table.nodes_estimated(), 2500U);
  EXPECT_LT(table.nodes_estimated(), 6500U);
}

TEST_F(BucketTables, KeepsTheOldWhereABucketIsFull) {
  // Only the first bit differs: all are of one bucket.
  auto far = [&](std::uint8_t number) {
    NodeId id = self;
    id.octets[0] = static_cast<std::uint8_t>(id.octets[0] ^ 0x80U);
    id.octets[15] = number;
    return id;
  };
  meet(1000);
  std::vector<NodeId> there;
  for (const auto& entry : table.entries()) {
    if ((entry.at.octets[0] & 0x80U) != 0) there.push_back(entry.contact.id);
  }
  ASSERT_EQ(there.size(), BucketTableLimits{}.bucket_contacts_max);
  EXPECT_FALSE(table.wants(far(1)));
  EXPECT_EQ(table.answered(now, contact(far(1)), round_trip), nullptr);
  for (const auto& id : there) EXPECT_NE(table.find(id), nullptr);
  EXPECT_TRUE(table.lost(there.front()));
  EXPECT_TRUE(table.wants(far(1)));
}

TEST_F(BucketTables, TakesAnotherAddressFromAnAnswer) {
  meet(1);
  auto moved = contact(all[0]);
  moved.path.address = LinkAddress::from_ip({{false, {10, 9, 9, 9}, 0}, 7300});
  table.answered(now, moved, round_trip);
  EXPECT_EQ(table.find(all[0])->contact, moved);
  EXPECT_EQ(table.size(), 1U);
}

TEST_F(BucketTables, NeverHoldsItsOwnNode) {
  EXPECT_FALSE(table.wants(self));
  EXPECT_EQ(table.answered(now, contact(self), round_trip), nullptr);
}

TEST_F(BucketTables, LooksInTheHalfThatABucketIsOf) {
  for (unsigned level = 0; level < 20; ++level) {
    const Place place = table.place_in(level, *Place::from(random_id(random).view()));
    for (unsigned bit = 0; bit <= level; ++bit) {
      const auto mask = 0x80U >> (bit % 8);
      const bool same = ((place.octets[bit / 8] ^ self.octets[bit / 8]) & mask) == 0;
      EXPECT_EQ(same, bit != level);
    }
  }
}

}  // namespace
}  // namespace muster::overlay
