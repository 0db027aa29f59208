// SPDX-License-Identifier: Apache-2.0
#include "sip/invite_client_transaction.hpp"

#include <gtest/gtest.h>

#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Output = InviteClientTransaction::Output;
using State = InviteClientTransaction::State;
const TimePoint start{};

/// Milliseconds after the start at which the machine, left alone, sends the request.
std::vector<long> send_times(InviteClientTransaction& transaction) {
  std::vector<long> times;
  TimePoint now = start;
  for (;;) {
    for (Output output : drain(transaction)) {
      if (output == Output::send_request) times.push_back((now - start) / 1ms);
    }
    const auto next = transaction.deadline();
    if (!next) return times;
    now = *next;
    transaction.advance(now);
  }
}

TEST(InviteClientTransaction, ResendsInviteAtDoublingIntervals) {
  InviteClientTransaction transaction(start, Transport::unreliable);
  EXPECT_EQ(send_times(transaction), (std::vector<long>{0, 500, 1500, 3500, 7500, 15500, 31500}));
}

TEST(InviteClientTransaction, SendsOnceOverAReliableTransport) {
  InviteClientTransaction transaction(start, Transport::reliable);
  EXPECT_EQ(send_times(transaction), (std::vector<long>{0}));
}

TEST(InviteClientTransaction, TimesOutAfterSixtyFourRoundTripsWithoutAnswer) {
  InviteClientTransaction transaction(start, Transport::reliable);
  drain(transaction);
  transaction.advance(start + 31'999ms);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
  transaction.advance(start + 32s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::time_out});
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteClientTransaction, WaitsWithoutTimerOnceAProvisionalResponseIsThere) {
  InviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.receive(start + 100ms, 180);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::pass_response});
  EXPECT_EQ(transaction.deadline(), std::nullopt);
}

TEST(InviteClientTransaction, AcknowledgesEachCopyOfAFailureAndPassesItOnce) {
  InviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.receive(start + 1s, 486);
  EXPECT_EQ(drain(transaction), (std::vector<Output>{Output::send_ack, Output::pass_response}));
  transaction.receive(start + 2s, 486);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::send_ack});
  transaction.advance(start + 33s);
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteClientTransaction, PassesEveryCopyOfASuccessWhileAccepted) {
  InviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.receive(start + 1s, 200);
  transaction.receive(start + 2s, 200);
  transaction.receive(start + 3s, 486);
  EXPECT_EQ(drain(transaction),
            (std::vector<Output>{Output::pass_response, Output::pass_response}));
  transaction.advance(start + 33s);
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteClientTransaction, EndsAtOnceAfterAFailureOverAReliableTransport) {
  InviteClientTransaction transaction(start, Transport::reliable);
  drain(transaction);
  transaction.receive(start + 1s, 404);
  EXPECT_EQ(drain(transaction), (std::vector<Output>{Output::send_ack, Output::pass_response}));
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteClientTransaction, IsNotHarmedByAdvancingEarlyOrTwice) {
  InviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.advance(start + 499ms);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
  transaction.advance(start + 500ms);
  transaction.advance(start + 500ms);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::send_request});
}

}  // namespace
}  // namespace muster::sip
