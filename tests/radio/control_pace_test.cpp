// SPDX-License-Identifier: Apache-2.0
#include "radio/control_pace.hpp"

#include <gtest/gtest.h>

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

class ControlPaceTest : public testing::Test {
 protected:
  /// Sends as fast as it may for `time`, each frame acknowledged at once as said; octets a second.
  double run(Duration time, Duration delay, double delivery) {
    std::size_t sent = 0;
    const TimePoint end = now + time;
    while (now < end) {
      if (pace.open(now)) {
        pace.sent(1000);
        sent += 1000;
        pace.acknowledged(delay, delivery);
      } else {
        now = std::min(end, std::max(pace.opens_at(), now + 1us));
      }
    }
    return static_cast<double>(sent) / std::chrono::duration<double>(time).count();
  }

  TimePoint now{1h};
  ControlPace::Limits limits;
  ControlPace pace{limits, now};
};

TEST_F(ControlPaceTest, BeginsWithItsShareOfAChannelThatManyShare) {
  pace.set_stations(20);
  EXPECT_DOUBLE_EQ(pace.rate_bytes_s(), limits.floor_bytes_s / 20);
}

TEST_F(ControlPaceTest, SoonSendsAsMuchAsAGoodChannelBears) {
  pace.set_stations(2);
  run(2s, 1ms, 1.0);
  EXPECT_GT(run(1s, 1ms, 1.0), 10e6);
}

TEST_F(ControlPaceTest, FallsToItsShareWhereFramesWait) {
  pace.set_stations(10);
  run(2s, 1ms, 1.0);
  run(5s, 60ms, 1.0);
  EXPECT_NEAR(run(10s, 60ms, 1.0), limits.floor_bytes_s / 10, 1000);
}

TEST_F(ControlPaceTest, FallsToItsShareWhereFramesAreLost) {
  pace.set_stations(10);
  run(2s, 1ms, 1.0);
  run(5s, 1ms, 0.5);
  EXPECT_NEAR(run(10s, 1ms, 0.5), limits.floor_bytes_s / 10, 1000);
}

TEST_F(ControlPaceTest, KeepsItsRateWhereLossIsModerate) {
  pace.set_stations(4);
  run(500ms, 1ms, 1.0);
  const double before = pace.rate_bytes_s();
  run(5s, 1ms, 0.8);
  EXPECT_DOUBLE_EQ(pace.rate_bytes_s(), before);
}

TEST_F(ControlPaceTest, FindsTheRateAnewAfterAPause) {
  pace.set_stations(10);
  run(2s, 1ms, 1.0);
  now += 10s;
  static_cast<void>(pace.open(now));
  EXPECT_DOUBLE_EQ(pace.rate_bytes_s(), limits.floor_bytes_s / 10);
}

TEST_F(ControlPaceTest, NeverWaitsLongerThanASecondForWhatWasSentInExcess) {
  pace.set_stations(30);
  for (int i = 0; i < 1000; ++i) pace.sent(1400);
  ASSERT_FALSE(pace.open(now));
  EXPECT_LE(pace.opens_at() - now, 2s);
}

}  // namespace
}  // namespace muster::radio
