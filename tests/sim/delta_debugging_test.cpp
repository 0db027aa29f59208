// SPDX-License-Identifier: Apache-2.0
#include "sim/delta_debugging.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/base/seeded_random.hpp"

namespace muster::sim {
namespace {

using Parts = std::vector<std::uint32_t>;

Parts numbers(std::uint32_t count) {
  Parts parts(count);
  std::iota(parts.begin(), parts.end(), 1);
  return parts;
}

StillFails needs(const Parts& culprits, unsigned& questions) {
  return [culprits, &questions](const Parts& parts) {
    ++questions;
    return std::includes(parts.begin(), parts.end(), culprits.begin(), culprits.end());
  };
}

TEST(FewestParts, FindsWhateverSubsetIsToBlame) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    Parts culprits;
    for (const auto part : numbers(40)) {
      if (random.below(10) == 0) culprits.push_back(part);
    }
    unsigned questions = 0;
    EXPECT_EQ(fewest_parts(numbers(40), needs(culprits, questions)), culprits) << "seed " << seed;
    EXPECT_LT(questions, 400U) << "seed " << seed;
  }
}

TEST(FewestParts, AsksOnceWhereNoneIsNeeded) {
  unsigned questions = 0;
  EXPECT_TRUE(fewest_parts(numbers(1000), needs({}, questions)).empty());
  EXPECT_EQ(questions, 1U);
}

TEST(FewestParts, FindsOneOfAThousandInFewQuestions) {
  unsigned questions = 0;
  EXPECT_EQ(fewest_parts(numbers(1000), needs({617}, questions)), Parts{617});
  EXPECT_LT(questions, 60U);
}

TEST(FewestParts, KeepsAllWhereAllAreNeeded) {
  unsigned questions = 0;
  EXPECT_EQ(fewest_parts(numbers(9), needs(numbers(9), questions)), numbers(9));
}

TEST(LeastNumber, FindsTheThreshold) {
  for (std::uint64_t threshold = 2; threshold <= 100; ++threshold) {
    EXPECT_EQ(least_number(2, 100, [&](std::uint64_t value) { return value >= threshold; }),
              threshold);
  }
}

}  // namespace
}  // namespace muster::sim
