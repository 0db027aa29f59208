// SPDX-License-Identifier: Apache-2.0
#include "radio/link_liveness.hpp"

#include <gtest/gtest.h>

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

class ProvedLink : public ::testing::Test {
 protected:
  ProvedLink() {
    liveness.asked(start, false);
    EXPECT_TRUE(liveness.proved(start, 1, 1));
  }

  /// Asks whenever a question is due, without an answer; when the link went down, if it did.
  std::optional<TimePoint> ask_until(TimePoint end) {
    for (TimePoint now = std::max(start, liveness.deadline()); now <= end;
         now = std::max(now + 1ms, liveness.deadline())) {
      if (liveness.advance(now)) return now;
      if (liveness.probe_due(now)) liveness.asked(now, false);
    }
    return std::nullopt;
  }

  LinkLiveness liveness{{}, start, 1};
};

TEST_F(ProvedLink, NeedsNoQuestionsWhileSomebodyVouchesForIt) {
  for (TimePoint now = start; now < start + 1min; now += 4s) {
    liveness.vouched(now);
    EXPECT_FALSE(liveness.probe_due(now + 4s));
  }
}

TEST_F(ProvedLink, GoesDownWithinEightSecondsOfTheLastProofOnceNobodyAnswers) {
  const auto down = ask_until(start + 1min);
  ASSERT_TRUE(down.has_value());
  EXPECT_LE(*down, start + 8s);
}

TEST_F(ProvedLink, TakesThePauseAfterAVouchForNoSilence) {
  liveness.vouched(start + 1s);
  const auto down = ask_until(start + 1min);
  ASSERT_TRUE(down.has_value());
  EXPECT_GE(*down, start + 1s + 8s + 3s);  // asked first after some 9 s
  EXPECT_LE(*down, start + 1s + 10s + 8s);
}

TEST_F(ProvedLink, WithAnOpenQuestionGoesDownWhateverOthersSay) {
  liveness.vouched(start + 1s);
  liveness.asked(start + 2s, true);
  std::optional<TimePoint> down;
  for (TimePoint now = start + 3s; now < start + 15s && !down; now += 1s) {
    liveness.vouched(now);
    down = ask_until(now + 1s);
  }
  ASSERT_TRUE(down.has_value());
  EXPECT_LE(*down, start + 10s);
}

}  // namespace
}  // namespace muster::radio
