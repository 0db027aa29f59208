// SPDX-License-Identifier: Apache-2.0
#include "radio/frame_sizer.hpp"

#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

constexpr std::size_t largest = 1200;

/// Sends frames as the sizer wishes; each octet costs `per_octet` of the chance to arrive, and
/// `whole` is that of losing the frame as such. Returns the content that arrived by octet on air.
double goodput(FrameSizer& sizer, double whole, double per_octet, int frames) {
  SeededRandom random{7};
  double content = 0;
  double air = 0;
  for (int i = 0; i < frames; ++i) {
    const std::size_t bytes = sizer.next_bytes();
    double chance = 1 - whole;
    for (std::size_t octet = 0; octet < bytes; ++octet) chance *= 1 - per_octet;
    const bool arrived = random.unit() < chance;
    sizer.count(bytes, arrived);
    content += arrived ? static_cast<double>(bytes) : 0.0;
    air += static_cast<double>(bytes) + 100;
  }
  return content / air;
}

TEST(FrameSizer, BeginsWithTheLargest) { EXPECT_EQ(FrameSizer{largest}.next_bytes(), largest); }

TEST(FrameSizer, StaysWithTheLargestWhereWholeFramesAreLost) {
  for (const double loss : {0.0, 0.1, 0.3, 0.5}) {
    FrameSizer sizer{largest};
    EXPECT_GT(goodput(sizer, loss, 0, 4000), (1 - loss) * 0.86) << loss;
  }
}

TEST(FrameSizer, MakesShortFramesWhereLongOnesHardlyArrive) {
  FrameSizer sizer{largest};
  // Half of 200 octets arrive, and one of 64 whole frames.
  EXPECT_GT(goodput(sizer, 0, 0.00346, 2000), 0.2);
  EXPECT_LE(sizer.next_bytes(), 600u);
}

TEST(FrameSizer, ReturnsToTheLargestWhenTheLinkIsGoodAgain) {
  FrameSizer sizer{largest};
  goodput(sizer, 0, 0.00346, 500);
  goodput(sizer, 0, 0, 500);
  EXPECT_GE(std::max(sizer.next_bytes(), sizer.next_bytes()), largest);
}

TEST(FrameSizer, LeavesShortFramesAlone) {
  FrameSizer sizer{220};
  for (int i = 0; i < 100; ++i) sizer.count(220, false);
  EXPECT_EQ(sizer.next_bytes(), 220u);
}

}  // namespace
}  // namespace muster::radio
