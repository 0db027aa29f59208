// SPDX-License-Identifier: Apache-2.0
#include "sip/invite_server_transaction.hpp"

#include <gtest/gtest.h>

#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Output = InviteServerTransaction::Output;
using State = InviteServerTransaction::State;
const TimePoint start{};

TEST(InviteServerTransaction, RepeatsTheProvisionalResponseWhenTheInviteIsRepeated) {
  InviteServerTransaction transaction(Transport::unreliable);
  transaction.receive_request(start);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
  EXPECT_TRUE(transaction.respond(start, 100));
  transaction.receive_request(start + 500ms);
  EXPECT_EQ(drain(transaction),
            (std::vector<Output>{Output::send_response, Output::send_response}));
}

TEST(InviteServerTransaction, ResendsAFailureUntilAcknowledged) {
  InviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 486));
  std::vector<long> at;
  TimePoint now = start;
  for (int i = 0; i < 5; ++i) {
    drain(transaction);
    now = transaction.deadline().value();
    transaction.advance(now);
    at.push_back((now - start) / 1ms);
  }
  EXPECT_EQ(at, (std::vector<long>{500, 1500, 3500, 7500, 11500}));
  transaction.receive_ack(now);
  drain(transaction);
  EXPECT_EQ(transaction.state(), State::confirmed);
  transaction.advance(now + 5s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{});
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteServerTransaction, ReportsAFailureThatIsNeverAcknowledged) {
  InviteServerTransaction transaction(Transport::reliable);
  EXPECT_TRUE(transaction.respond(start, 486));
  drain(transaction);
  transaction.advance(start + 32s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::time_out});
}

TEST(InviteServerTransaction, PassesOnMoreSuccessesWhileAcceptedAndNothingElse) {
  InviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 200));
  EXPECT_TRUE(transaction.respond(start + 1s, 200));
  EXPECT_FALSE(transaction.respond(start + 1s, 486));
  transaction.receive_request(start + 2s);
  EXPECT_EQ(drain(transaction),
            (std::vector<Output>{Output::send_response, Output::send_response}));
  transaction.advance(start + 32s);
  EXPECT_EQ(transaction.state(), State::terminated);
}

TEST(InviteServerTransaction, PassesTheAckOfASuccess) {
  InviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 200));
  drain(transaction);
  transaction.receive_ack(start + 1s);
  EXPECT_EQ(drain(transaction), std::vector<Output>{Output::pass_ack});
}

TEST(InviteServerTransaction, RefusesASecondFinalResponse) {
  InviteServerTransaction transaction(Transport::unreliable);
  EXPECT_TRUE(transaction.respond(start, 404));
  EXPECT_FALSE(transaction.respond(start, 200));
  EXPECT_FALSE(transaction.respond(start, 180));
}

}  // namespace
}  // namespace muster::sip
