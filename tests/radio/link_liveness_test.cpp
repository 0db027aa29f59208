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
    for (TimePoint now = std::max(start, liveness.deadline().value()); now <= end;
         now = std::max(now + 1ms, liveness.deadline().value())) {
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

TEST_F(ProvedLink, AsksNoSoonerForAProofOfItsOwnWhileSomebodyVouchesForIt) {
  liveness.vouched(start + 1s);
  liveness.asked(start + 2s, true);
  EXPECT_FALSE(liveness.proved(start + 2s, 1, 1));
  EXPECT_FALSE(liveness.probe_due(start + 2s + 8s));
  EXPECT_TRUE(liveness.probe_due(start + 2s + 10s));
}

TEST_F(ProvedLink, IsDoubtedLongBeforeItIsDown) {
  std::optional<TimePoint> doubted;
  for (TimePoint now = *liveness.deadline(); now < start + 5s; now = *liveness.deadline()) {
    ASSERT_FALSE(liveness.advance(now));
    if (liveness.probe_due(now)) liveness.asked(now, false);
    if (liveness.doubtful()) {
      doubted = now;
      break;
    }
  }
  ASSERT_TRUE(doubted.has_value());
  EXPECT_LE(*doubted, start + 4s);
  EXPECT_FALSE(liveness.proved(*doubted, 1, 1));
  EXPECT_FALSE(liveness.doubtful());
}

TEST_F(ProvedLink, InDoubtAsksSeldomUntilTheNeighbourIsHeard) {
  std::vector<TimePoint> asked;
  TimePoint now = *liveness.deadline();
  for (; now < start + 5s; now = std::max(now + 1ms, *liveness.deadline())) {
    ASSERT_FALSE(liveness.advance(now));
    if (!liveness.probe_due(now)) continue;
    liveness.asked(now, false);
    asked.push_back(now);
  }
  ASSERT_TRUE(liveness.doubtful());
  EXPECT_LE(asked.size(), 11u);  // a second, then six in doubt, which some twenty would be else
  liveness.heard(asked.back() + 200ms);
  EXPECT_TRUE(liveness.probe_due(asked.back() + 200ms));
}

TEST_F(ProvedLink, TakesMoreSilenceForChanceTheMoreIsLost) {
  EXPECT_FALSE(liveness.hardly_chance(3));
  EXPECT_TRUE(liveness.hardly_chance(4));
  EXPECT_FALSE(liveness.proved(start, 0.5, 0.5));
  EXPECT_FALSE(liveness.hardly_chance(13));
  EXPECT_TRUE(liveness.hardly_chance(14));
}

TEST_F(ProvedLink, AsksNobodyWhileItRestsUntilItIsWokenOrHeard) {
  ASSERT_TRUE(ask_until(start + 1min).has_value());
  liveness.rest();
  EXPECT_FALSE(liveness.deadline().has_value());
  EXPECT_FALSE(liveness.probe_due(start + 1h));
  liveness.wake(start + 2h);
  EXPECT_TRUE(liveness.probe_due(start + 2h));
  liveness.rest();
  liveness.heard(start + 3h);
  EXPECT_TRUE(liveness.probe_due(start + 3h));
}

TEST_F(ProvedLink, DoesNotRestWhileItIsUp) {
  liveness.rest();
  EXPECT_TRUE(liveness.deadline().has_value());
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
