// SPDX-License-Identifier: Apache-2.0
#include "radio/codel.hpp"

#include <gtest/gtest.h>

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

constexpr Codel::Limits usual{5ms, 100ms};
constexpr TimePoint start{std::chrono::hours{1}};

/// What a packet each `every` finds when all have waited `waited`.
std::uint64_t dropped_in(Codel& codel, TimePoint from, Duration span, Duration waited,
                         Duration every = 1ms) {
  const std::uint64_t before = codel.dropped();
  for (TimePoint now = from; now < from + span; now += every) {
    (void)codel.drops(now, waited, false);
  }
  return codel.dropped() - before;
}

TEST(Codel, LeavesAQueueAloneThatStaysBelowItsTarget) {
  Codel codel(usual);
  EXPECT_EQ(dropped_in(codel, start, 10s, 4ms), 0u);
}

TEST(Codel, LeavesABurstAloneThatIsOverWithinAnInterval) {
  Codel codel(usual);
  for (int burst = 0; burst < 20; ++burst) {
    const TimePoint from = start + burst * 200ms;
    EXPECT_EQ(dropped_in(codel, from, 90ms, 50ms), 0u);
    EXPECT_EQ(dropped_in(codel, from + 90ms, 10ms, 1ms), 0u);
  }
}

TEST(Codel, DropsOneAtATimeAndSoonerEachTimeWhileTheQueueStands) {
  Codel codel(usual);
  // After the first interval: at 0, 100, 100 + 71, 100 + 71 + 58 ... ms (interval / sqrt n).
  EXPECT_EQ(dropped_in(codel, start, 99ms, 50ms), 0u);
  EXPECT_EQ(dropped_in(codel, start + 99ms, 50ms, 50ms), 1u);
  EXPECT_EQ(dropped_in(codel, start + 149ms, 100ms, 50ms), 1u);
  const auto second = dropped_in(codel, start + 249ms, 1s, 50ms);
  const auto third = dropped_in(codel, start + 1249ms, 1s, 50ms);
  EXPECT_GT(second, 10u);
  EXPECT_GT(third, second);
}

TEST(Codel, NeverDropsTheLastOne) {
  Codel codel(usual);
  for (TimePoint now = start; now < start + 5s; now += 1ms) {
    EXPECT_FALSE(codel.drops(now, 10s, true));
  }
}

TEST(Codel, DropsNothingWithoutATarget) {
  Codel codel({});
  EXPECT_EQ(dropped_in(codel, start, 10s, 10s), 0u);
}

}  // namespace
}  // namespace muster::radio
