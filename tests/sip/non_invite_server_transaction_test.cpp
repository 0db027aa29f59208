// SPDX-License-Identifier: Apache-2.0
#include "sip/non_invite_server_transaction.hpp"

#include <gtest/gtest.h>

#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Output = NonInviteServerTransaction::Output;
using State = NonInviteServerTransaction::State;
const TimePoint start{};

TEST(NonInviteServerTransaction, IsSilentToRepetitionsUntilItHasAnAnswer) {
  NonInviteServerTransaction transaction(Transport::unreliable);
  transaction.receive_request(start + 500ms);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
}

TEST(NonInviteServerTransaction, RepeatsTheFinalResponseUntilTimerJ) {
  NonInviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 200));
  transaction.receive_request(start + 31s);
  EXPECT_EQ(drain(transaction),
            (std::vector<Output>{Output::send_response, Output::send_response}));
  transaction.advance(start + 32s);
  EXPECT_EQ(transaction.state(), State::terminated);
  transaction.receive_request(start + 33s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
}

TEST(NonInviteServerTransaction, EndsWithItsAnswerOverAReliableTransport) {
  NonInviteServerTransaction transaction(Transport::reliable);
  EXPECT_TRUE(transaction.respond(start, 202));
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::send_response});
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(NonInviteServerTransaction, RefusesASecondFinalResponse) {
  NonInviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 200));
  EXPECT_FALSE(transaction.respond(start, 500));
}

}  // namespace
}  // namespace muster::sip
