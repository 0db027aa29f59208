// SPDX-License-Identifier: Apache-2.0
#include "node/utc_time.hpp"

namespace muster::node {
namespace {

TEST(UtcTime, IsWrittenAsIso8601) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_text(1'777'627'800'250), "2026-05-01T09:30:00.250Z");
  EXPECT_EQ(utc_minute_text(1'777'627'800'250), "2026-05-01 09:30");
}

TEST(UtcTime, ReadsDaysMinutesAndSeconds) {
  EXPECT_EQ(parse_utc("1970-01-02"), 86'400'000);
  EXPECT_EQ(parse_utc("2026-05-01T09:30"), 1'777'627'800'000);
  EXPECT_EQ(parse_utc("2026-05-01T09:30:01Z"), 1'777'627'801'000);
}

TEST(UtcTime, RefusesWhatIsNoMoment) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-30", "2026-05-01T24:00",
                           "2026-05-01T09:60", "2026-05-01T09:30:00.5", "2026-05-01 09:30",
                           "-026-05-01", "2026-05-01T", "2026-05-01T09"}) {
    EXPECT_FALSE(parse_utc(text)) << text;
  }
}

}  // namespace
}  // namespace muster::node
