// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sketch.hpp"

#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {
namespace {

std::vector<Element> random_set(SeededRandom& random, std::size_t size) {
  std::vector<Element> set(size);
  for (auto& element : set) element = random.next();
  return set;
}

TEST(Sketch, ShowsNoDifferenceBetweenEqualSets) {
  SeededRandom random(1);
  const auto set = random_set(random, 10'000);
  const auto found = difference(sketch_of(set, 7, 8), set);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->only_ours.empty());
  EXPECT_TRUE(found->only_theirs.empty());
}

TEST(Sketch, TellsWhatOnlyOneOfTwoLargeSetsHas) {
  SeededRandom random(2);
  const auto common = random_set(random, 10'000);
  auto ours = common;
  auto theirs = common;
  const auto more_ours = random_set(random, 10);
  const auto more_theirs = random_set(random, 10);
  ours.insert(ours.end(), more_ours.begin(), more_ours.end());
  theirs.insert(theirs.end(), more_theirs.begin(), more_theirs.end());
  const auto found = difference(sketch_of(theirs, 7, 60), ours);
  ASSERT_TRUE(found);
  EXPECT_EQ(std::set(found->only_ours.begin(), found->only_ours.end()),
            std::set(more_ours.begin(), more_ours.end()));
  EXPECT_EQ(std::set(found->only_theirs.begin(), found->only_theirs.end()),
            std::set(more_theirs.begin(), more_theirs.end()));
}

TEST(Sketch, SaysSoWhenTheDifferenceIsTooLargeForIt) {
  SeededRandom random(3);
  const auto ours = random_set(random, 200);
  const auto theirs = random_set(random, 200);
  EXPECT_FALSE(difference(sketch_of(theirs, 7, 40), ours));
}

TEST(Sketch, NeedsUnderThreeSymbolsForEachOfTwentyDifferencesNearlyAlways) {
  SeededRandom random(4);
  int decoded = 0;
  for (std::uint32_t salt = 0; salt < 1000; ++salt) {
    const auto theirs = random_set(random, 20);
    decoded += difference(sketch_of(theirs, salt, 48), {}).has_value();
  }
  EXPECT_GE(decoded, 980);
}

TEST(Sketch, EndsOnSymbolsThatNobodyWouldMake) {
  SeededRandom random(5);
  for (std::uint32_t round = 0; round < 100; ++round) {
    Sketch forged{round, std::vector<Sketch::Symbol>(40)};
    for (auto& symbol : forged.symbols) {
      symbol = {random.next(), static_cast<std::uint32_t>(random.next())};
    }
    EXPECT_FALSE(difference(forged, random_set(random, 30)));
  }
}

}  // namespace
}  // namespace muster::overlay
