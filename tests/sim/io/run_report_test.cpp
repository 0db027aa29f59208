// SPDX-License-Identifier: Apache-2.0
#include "sim/io/run_report.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

TEST(WhyInvalid, ARunInTimeIsWorthSomething) {
  LiveMedium::Report medium;
  medium.lateness.p99 = 5ms;
  EXPECT_EQ(why_invalid(medium, 500ms), "");
}

TEST(WhyInvalid, AnEventThatCameLateMakesTheRunWorthNothing) {
  EXPECT_EQ(why_invalid({}, 1600ms),
            "an event of the scenario came 1.6 s late; run it on a less busy machine");
}

TEST(WhyInvalid, SoDoesALateMediumAndOneThatDropsFramesByItself) {
  LiveMedium::Report late;
  late.lateness.p99 = 6ms;
  EXPECT_NE(why_invalid(late, 0ms).find("the medium was late"), std::string::npos);
  LiveMedium::Report drops;
  drops.own_drops = 2;
  EXPECT_NE(why_invalid(drops, 0ms).find("dropped 2 frames by itself"), std::string::npos);
}

}  // namespace
}  // namespace muster::sim
