// SPDX-License-Identifier: Apache-2.0
#include "security/replay_window.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::security {
namespace {

using Window = ReplayWindow<1024>;

TEST(ReplayWindow, AcceptsEachCounterOnce) {
  Window window;
  for (std::uint64_t counter : {0U, 1U, 5U, 3U, 900U, 64U, 63U}) {
    EXPECT_TRUE(window.accept(counter)) << counter;
    EXPECT_FALSE(window.accept(counter)) << counter;
  }
}

TEST(ReplayWindow, RefusesWhatIsOlderThanTheWindow) {
  Window window;
  EXPECT_TRUE(window.accept(5000));
  EXPECT_TRUE(window.accept(5001 - 1024));
  EXPECT_FALSE(window.accept(5000 - 1024));
  EXPECT_FALSE(window.accept(0));
}

TEST(ReplayWindow, ForgetsAllAfterALongJumpButNotTheJumpItself) {
  Window window;
  EXPECT_TRUE(window.accept(10));
  EXPECT_TRUE(window.accept(std::uint64_t{1} << 40));
  EXPECT_FALSE(window.accept(std::uint64_t{1} << 40));
  EXPECT_TRUE(window.accept((std::uint64_t{1} << 40) - 1023));
}

TEST(ReplayWindow, AgreesWithAPlainSetWhateverTheOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Window window;
    std::set<std::uint64_t> seen;
    std::uint64_t front = 0;
    for (int i = 0; i < 5000; ++i) {
      front += random.below(40) == 0 ? random.below(1500) : random.below(3);
      const std::uint64_t counter = front - std::min(front, random.below(1300));
      const bool too_old = !seen.empty() && counter + 1024 < *seen.rbegin() + 1;
      const bool expected = !too_old && !seen.contains(counter);
      ASSERT_EQ(window.accept(counter), expected) << counter;
      if (expected) seen.insert(counter);
    }
  }
}

TEST(ReplayWindow, ExpandsTheLow32BitsToTheNearestCounter) {
  Window window;
  EXPECT_EQ(window.expand(7), 7U);
  EXPECT_EQ(window.expand(0x7fffffff), 0x7fffffffU);
  ASSERT_TRUE(window.accept(0xfffffff0));
  EXPECT_EQ(window.expand(0xfffffff5), 0xfffffff5U);
  EXPECT_EQ(window.expand(3), 0x100000003U);
  ASSERT_TRUE(window.accept(0x100000003));
  EXPECT_EQ(window.expand(0xfffffff6), 0xfffffff6U);
  EXPECT_EQ(window.expand(4), 0x100000004U);
}

}  // namespace
}  // namespace muster::security
