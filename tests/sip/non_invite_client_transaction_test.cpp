// SPDX-License-Identifier: Apache-2.0
#include "sip/non_invite_client_transaction.hpp"

#include <gtest/gtest.h>

#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Output = NonInviteClientTransaction::Output;
using State = NonInviteClientTransaction::State;
const TimePoint start{};

std::vector<long> send_times(NonInviteClientTransaction& transaction) {
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

TEST(NonInviteClientTransaction, ResendsWithIntervalsThatDoubleUpToT2) {
  NonInviteClientTransaction transaction(start, Transport::unreliable);
  EXPECT_EQ(send_times(transaction), (std::vector<long>{0, 500, 1500, 3500, 7500, 11500, 15500,
                                                        19500, 23500, 27500, 31500}));
}

TEST(NonInviteClientTransaction, SendsOnceOverAReliableTransport) {
  NonInviteClientTransaction transaction(start, Transport::reliable);
  EXPECT_EQ(send_times(transaction), (std::vector<long>{0}));
}

TEST(NonInviteClientTransaction, ResendsEveryT2WhileProceeding) {
  NonInviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.receive(start + 100ms, 100);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::pass_response});
  transaction.advance(start + 500ms);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::send_request});
  EXPECT_EQ(transaction.deadline(), start + 500ms + 4s);
}

TEST(NonInviteClientTransaction, TimesOutWithoutFinalResponse) {
  NonInviteClientTransaction transaction(start, Transport::reliable);
  drain(transaction);
  transaction.receive(start + 1s, 100);
  drain(transaction);
  transaction.advance(start + 32s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::time_out});
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(NonInviteClientTransaction, AbsorbsCopiesOfTheFinalResponseForT4) {
  NonInviteClientTransaction transaction(start, Transport::unreliable);
  drain(transaction);
  transaction.receive(start + 1s, 200);
  transaction.receive(start + 2s, 200);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::pass_response});
  EXPECT_EQ(transaction.state(), State::completed);
  transaction.advance(start + 6s);
  EXPECT_EQ(transaction.state(), State::terminated);
}

}  // namespace
}  // namespace muster::sip
