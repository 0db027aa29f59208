// SPDX-License-Identifier: Apache-2.0
#include "sim/quantity.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, ReadsDurationsInEveryUnit) {
  EXPECT_EQ(parse_duration("3ms"), 3ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("4h"), 4h);
  EXPECT_EQ(parse_duration("-2y"), -2 * 365 * 24h);
}

TEST(Quantity, RefusesDurationsWithoutUnitOrNumber) {
  for (const auto* text : {"", "3", "ms", "3 ms", "3msx", "1.2.3s", "--3s", "3S", "1000y"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Quantity, ReadsBitrates) {
  EXPECT_EQ(parse_bitrate("6Mbit/s"), 6'000'000u);
  EXPECT_EQ(parse_bitrate("1200bit/s"), 1200u);
  EXPECT_EQ(parse_bitrate("3.5kbit/s"), 3500u);
  EXPECT_FALSE(parse_bitrate("0bit/s"));
  EXPECT_FALSE(parse_bitrate("6Mb"));
}

TEST(Quantity, ReadsDistancesSpeedsAndAreas) {
  EXPECT_DOUBLE_EQ(parse_distance("1.5km").value(), 1500);
  EXPECT_DOUBLE_EQ(parse_speed("36km/h").value(), 10);
  EXPECT_DOUBLE_EQ(parse_area("3km x 200m").value().height_m, 200);
  EXPECT_FALSE(parse_distance("-1m"));
  EXPECT_FALSE(parse_area("3kmx3km"));
}

}  // namespace
}  // namespace muster::sim
