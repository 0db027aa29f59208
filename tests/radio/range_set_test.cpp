// SPDX-License-Identifier: Apache-2.0
#include "radio/range_set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

TEST(RangeSet, JoinsRangesThatTouch) {
  RangeSet set;
  set.add({0, 10});
  set.add({20, 30});
  set.add({10, 20});
  EXPECT_EQ(set.ranges(), (std::vector<Range>{{0, 30}}));
}

TEST(RangeSet, IgnoresAnEmptyRange) {
  RangeSet set;
  set.add({5, 5});
  EXPECT_TRUE(set.empty());
}

TEST(RangeSet, HoldsTheSameOctetsAsASetOfNumbersWould) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    RangeSet set;
    std::set<std::size_t> model;
    for (int i = 0; i < 40; ++i) {
      const std::size_t from = random.below(60);
      const std::size_t to = from + random.below(12);
      const bool adds = random.below(3) != 0;
      if (adds) {
        set.add({from, to});
      } else {
        set.remove({from, to});
      }
      for (std::size_t at = from; at < to; ++at) {
        if (adds) {
          model.insert(at);
        } else {
          model.erase(at);
        }
      }
      for (std::size_t at = 0; at < 75; ++at) {
        ASSERT_EQ(set.covers({at, at + 1}), model.contains(at)) << "octet " << at;
      }
    }
    for (std::size_t i = 1; i < set.ranges().size(); ++i) {
      EXPECT_LT(set.ranges()[i - 1].to, set.ranges()[i].from);
    }
  }
}

}  // namespace
}  // namespace muster::radio
