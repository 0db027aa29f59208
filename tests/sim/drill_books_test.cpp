// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/call_book.hpp"
#include "sim/message_book.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1s};

TEST(CallBook, MeasuresRingAndSetupFromTheDialling) {
  CallBook book;
  book.dialled(start, "alice", "dave");
  book.ringing(start + 200ms, "alice");
  book.established(start + 350ms, "alice");
  const auto totals = book.totals();
  EXPECT_DOUBLE_EQ(totals.ring.quantile_ms(0.5).value(), 200);
  EXPECT_DOUBLE_EQ(totals.setup.quantile_ms(0.5).value(), 350);
  EXPECT_DOUBLE_EQ(totals.success_ratio.value(), 1);
}

TEST(CallBook, CountsACallThatClosedBeforeItWasEstablishedAsFailed) {
  CallBook book;
  book.dialled(start, "alice", "dave");
  book.closed(start + 1s, "alice", "480 Temporarily Unavailable");
  book.established(start + 2s, "alice");
  EXPECT_DOUBLE_EQ(book.totals().success_ratio.value(), 0);
}

TEST(CallBook, HasNoRatioWithoutCalls) { EXPECT_FALSE(CallBook{}.totals().success_ratio); }

TEST(CallBook, AddsUpTheMediaOfBothPhones) {
  CallBook book;
  book.dialled(start, "alice", "dave");
  book.established(start + 1s, "alice");
  book.media("alice", 1000, 950);
  book.media("dave", 1000, 970);
  EXPECT_NEAR(book.totals().media_loss.value(), 0.04, 1e-9);
}

TEST(CallBook, KnowsWhoIsBusy) {
  CallBook book;
  book.dialled(start, "alice", "dave");
  EXPECT_TRUE(book.busy("dave"));
  EXPECT_FALSE(book.busy("bob"));
  book.closed(start + 1s, "alice", "");
  EXPECT_FALSE(book.busy("alice"));
}

TEST(MessageBook, MatchesWhatIsShownToWhatWasSent) {
  MessageBook book;
  const auto number = book.sent(start, "alice", "dave", "wait for us");
  book.answered(start + 1s, number, 202);
  EXPECT_NE(book.shown(start + 60s, "alice", "dave", "wait for us"), nullptr);
  const auto totals = book.totals();
  EXPECT_EQ(totals.accepted, 1u);
  EXPECT_DOUBLE_EQ(totals.delivery_ratio.value(), 1);
  EXPECT_DOUBLE_EQ(totals.latency.quantile_ms(1).value(), 60'000);
}

TEST(MessageBook, CountsAMessageShownTwiceAsADuplicate) {
  MessageBook book;
  book.sent(start, "alice", "dave", "hello");
  (void)book.shown(start + 1s, "alice", "dave", "hello");
  EXPECT_EQ(book.shown(start + 2s, "alice", "dave", "hello"), nullptr);
  EXPECT_EQ(book.totals().duplicates, 1u);
  EXPECT_EQ(book.totals().delivered, 1u);
}

TEST(MessageBook, AllowsTheSameTextToBeSentTwice) {
  MessageBook book;
  book.sent(start, "alice", "dave", "hello");
  book.sent(start + 1s, "alice", "dave", "hello");
  (void)book.shown(start + 2s, "alice", "dave", "hello");
  (void)book.shown(start + 3s, "alice", "dave", "hello");
  EXPECT_EQ(book.totals().duplicates, 0u);
  EXPECT_EQ(book.totals().delivered, 2u);
}

TEST(MessageBook, CountsAnEarlierMessageShownLaterAsOutOfOrder) {
  MessageBook book;
  book.sent(start, "alice", "dave", "one");
  book.sent(start + 1s, "alice", "dave", "two");
  (void)book.shown(start + 2s, "alice", "dave", "two");
  (void)book.shown(start + 3s, "alice", "dave", "one");
  EXPECT_EQ(book.totals().out_of_order, 1u);
}

TEST(MessageBook, KeepsTheFirstFinalAnswer) {
  MessageBook book;
  const auto number = book.sent(start, "alice", "dave", "x");
  book.answered(start, number, 404);
  book.answered(start, number, 200);
  EXPECT_EQ(book.totals().accepted, 0u);
  EXPECT_EQ(book.at(number).refused, 404u);
}

TEST(Distribution, GivesQuantilesByNearestRank) {
  Distribution times;
  for (int i = 1; i <= 100; ++i) times.add(i * 1ms);
  EXPECT_DOUBLE_EQ(times.quantile_ms(0.5).value(), 50);
  EXPECT_DOUBLE_EQ(times.quantile_ms(0.95).value(), 95);
  EXPECT_DOUBLE_EQ(times.quantile_ms(1).value(), 100);
  EXPECT_FALSE(Distribution{}.quantile_ms(0.5));
}

}  // namespace
}  // namespace muster::sim
