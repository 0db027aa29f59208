// SPDX-License-Identifier: Apache-2.0
#include "sim/seed_range.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace muster::sim {
namespace {

using Seeds = std::vector<std::uint64_t>;

TEST(SeedRange, TakesTheSecondNumberAsTheEnd) {
  const auto range = parse_seed_range("5:8");
  ASSERT_TRUE(range);
  EXPECT_EQ(seeds_of(*range, {}), (Seeds{5, 6, 7}));
  EXPECT_EQ(range->text(), "5:8");
}

TEST(SeedRange, RefusesWhatIsNoRange) {
  for (const auto* text : {"", "5", ":", "5:", ":5", "5:5", "6:5", "-1:5", "1:5:6", "a:b", "1 :5",
                           "0:18446744073709551615"}) {
    EXPECT_FALSE(parse_seed_range(text)) << text;
  }
}

TEST(Shard, IsCountedFromZero) {
  EXPECT_TRUE(parse_shard("0/16"));
  EXPECT_TRUE(parse_shard("15/16"));
  for (const auto* text : {"16/16", "0/0", "1", "/3", "a/3", "-1/3"}) {
    EXPECT_FALSE(parse_shard(text)) << text;
  }
}

TEST(Shard, AllOfThemTogetherHaveEverySeedOnce) {
  const SeedRange range{3, 20};
  Seeds all;
  for (std::uint64_t number = 0; number < 4; ++number) {
    const auto part = seeds_of(range, {number, 4});
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, seeds_of(range, {}));
}

TEST(Shard, MayBeEmptyWhereThereAreMoreShardsThanSeeds) {
  EXPECT_TRUE(seeds_of({0, 2}, {3, 4}).empty());
}

TEST(SeedsText, JoinsNeighbours) {
  EXPECT_EQ(seeds_text({}), "");
  EXPECT_EQ(seeds_text({3, 17, 18, 19, 40, 41}), "3, 17-19, 40-41");
}

}  // namespace
}  // namespace muster::sim
