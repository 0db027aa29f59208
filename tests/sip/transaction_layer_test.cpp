// SPDX-License-Identifier: Apache-2.0
#include "sip/transaction_layer.hpp"

#include <gtest/gtest.h>

#include "sip/parser.hpp"
#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Layer = TransactionLayer;
const TimePoint start{1000s};
const Hop phone = *IpEndpoint::parse("192.0.2.7:6000");

Message request(const std::string& method, const std::string& via_end = "branch=z9hG4bK1",
                const std::string& to_tag = "", const std::string& host = "192.0.2.7") {
  const std::string text = method + " sip:bob@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP " + host +
                           ";" + via_end +
                           "\r\nFrom: <sip:alice@drill.example>;tag=f\r\n"
                           "To: <sip:bob@drill.example>" +
                           to_tag + "\r\nCall-ID: c\r\nCSeq: 7 " + method + "\r\n\r\n";
  return parse(as_bytes(text)).value();
}

template <typename T>
std::vector<T> only(const std::vector<Layer::Output>& outputs) {
  std::vector<T> found;
  for (const auto& output : outputs) {
    if (const auto* match = std::get_if<T>(&output)) found.push_back(*match);
  }
  return found;
}

class TransactionLayerTest : public ::testing::Test {
 protected:
  Layer layer{{}, {}};

  ServerNumber arrive(const Message& message, const Hop& from = phone) {
    layer.receive(start, from, message);
    const auto arrived = only<Layer::RequestArrived>(drain(layer));
    return arrived.size() == 1 ? arrived[0].server : 0;
  }
};

TEST_F(TransactionLayerTest, ShowsARequestOnceAndAnswersItsRepetitions) {
  const ServerNumber server = arrive(request("MESSAGE"));
  ASSERT_NE(server, 0u);
  EXPECT_TRUE(layer.respond(start, server, make_response(request("MESSAGE"), 200)));
  const auto first = only<Layer::Send>(drain(layer));
  layer.receive(start + 1s, phone, request("MESSAGE"));
  const auto outputs = drain(layer);
  EXPECT_TRUE(only<Layer::RequestArrived>(outputs).empty());
  ASSERT_EQ(only<Layer::Send>(outputs).size(), 1u);
  EXPECT_EQ(only<Layer::Send>(outputs)[0].message, first.at(0).message);
}

TEST_F(TransactionLayerTest, TellsApartSameBranchesOfDifferentSenders) {
  EXPECT_NE(arrive(request("MESSAGE")), 0u);
  EXPECT_NE(arrive(request("MESSAGE", "branch=z9hG4bK1", "", "192.0.2.8")), 0u);
}

TEST_F(TransactionLayerTest, MatchesRequestsOfOldPhonesByTheirFields) {
  EXPECT_NE(arrive(request("INVITE", "branch=1")), 0u);
  EXPECT_EQ(arrive(request("INVITE", "branch=1")), 0u);
  EXPECT_NE(arrive(request("INVITE", "branch=2")), 0u);
}

TEST_F(TransactionLayerTest, TakesTheAckOfARefusalForItself) {
  const ServerNumber server = arrive(request("INVITE"));
  EXPECT_TRUE(layer.respond(start, server, make_response(request("INVITE"), 486, {}, "t")));
  drain(layer);
  layer.receive(start, phone, request("ACK", "branch=z9hG4bK1", ";tag=t"));
  EXPECT_TRUE(drain(layer).empty());
  EXPECT_EQ(layer.deadline(), start + 5s);  // Timer I: no more repetitions
}

TEST_F(TransactionLayerTest, TakesTheAckOfAnOldPhoneForItself) {
  const ServerNumber server = arrive(request("INVITE", "branch=1"));
  EXPECT_TRUE(layer.respond(start, server, make_response(request("INVITE"), 486, {}, "t")));
  drain(layer);
  layer.receive(start, phone, request("ACK", "branch=1", ";tag=t"));
  EXPECT_TRUE(drain(layer).empty());
  EXPECT_EQ(layer.deadline(), start + 5s);
}

TEST_F(TransactionLayerTest, PassesTheAckOfASuccess) {
  const ServerNumber server = arrive(request("INVITE"));
  EXPECT_TRUE(layer.respond(start, server, make_response(request("INVITE"), 200, {}, "t")));
  drain(layer);
  layer.receive(start, phone, request("ACK", "branch=z9hG4bK2", ";tag=t"));
  EXPECT_EQ(only<Layer::AckArrived>(drain(layer)).size(), 1u);
}

TEST_F(TransactionLayerTest, AnswersToTheSourcePortOnlyIfAsked) {
  const ServerNumber plain = arrive(request("OPTIONS"));
  EXPECT_TRUE(layer.respond(start, plain, make_response(request("OPTIONS"), 200)));
  EXPECT_EQ(only<Layer::Send>(drain(layer)).at(0).to, Hop{*IpEndpoint::parse("192.0.2.7:5060")});
  const ServerNumber symmetric = arrive(request("OPTIONS", "branch=z9hG4bK2;rport"));
  EXPECT_TRUE(layer.respond(start, symmetric, make_response(request("OPTIONS"), 200)));
  EXPECT_EQ(only<Layer::Send>(drain(layer)).at(0).to, phone);
}

TEST_F(TransactionLayerTest, AcknowledgesARefusalWithTheTagOfTheRefusal) {
  ASSERT_TRUE(layer.request(start, phone, request("INVITE")));
  drain(layer);
  layer.receive(start, phone, make_response(request("INVITE"), 486, {}, "t"));
  const auto outputs = drain(layer);
  ASSERT_EQ(only<Layer::Send>(outputs).size(), 1u);
  const Message ack = parse(only<Layer::Send>(outputs)[0].message).value();
  EXPECT_EQ(ack.method(), "ACK");
  EXPECT_EQ(ack.to().tag(), "t");
  EXPECT_EQ(ack.via_top()->branch(), "z9hG4bK1");
  EXPECT_EQ(ack.cseq().number, 7u);
  EXPECT_EQ(only<Layer::ResponseArrived>(outputs).size(), 1u);
}

TEST_F(TransactionLayerTest, CountsResponsesOfNoTransaction) {
  layer.receive(start, phone, make_response(request("INVITE"), 200));
  EXPECT_TRUE(drain(layer).empty());
  EXPECT_EQ(layer.counters().unmatched, 1u);
}

TEST_F(TransactionLayerTest, TakesNoResponseFromANodeThatWasNotAsked) {
  NodeId asked;
  asked.octets[0] = 1;
  NodeId other;
  other.octets[0] = 2;
  ASSERT_TRUE(layer.request(start, asked, request("MESSAGE")));
  drain(layer);
  layer.receive(start, other, make_response(request("MESSAGE"), 200));
  layer.receive(start, phone, make_response(request("MESSAGE"), 200));
  EXPECT_TRUE(drain(layer).empty());
  layer.receive(start, asked, make_response(request("MESSAGE"), 200));
  EXPECT_EQ(only<Layer::ResponseArrived>(drain(layer)).size(), 1u);
}

TEST_F(TransactionLayerTest, FindsTheInviteOfACancel) {
  const ServerNumber server = arrive(request("INVITE"));
  EXPECT_EQ(layer.invite_of(phone, request("CANCEL")), server);
  EXPECT_EQ(layer.invite_of(phone, request("CANCEL", "branch=z9hG4bK2")), std::nullopt);
}

TEST_F(TransactionLayerTest, ForgetsTransactionsThatAreOver) {
  const ServerNumber server = arrive(request("MESSAGE"));
  EXPECT_TRUE(layer.respond(start, server, make_response(request("MESSAGE"), 200)));
  ASSERT_TRUE(layer.request(start, phone, request("INVITE", "branch=z9hG4bK9")));
  EXPECT_EQ(layer.size(), 2u);
  layer.advance(start + 32s);
  EXPECT_EQ(only<Layer::TimedOut>(drain(layer)).size(), 1u);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(layer.deadline(), std::nullopt);
}

TEST_F(TransactionLayerTest, RefusesMoreTransactionsThanItsLimit) {
  Layer small({.transactions_max = 1}, {});
  small.receive(start, phone, request("MESSAGE"));
  EXPECT_FALSE(small.request(start, phone, request("OPTIONS")));
  small.receive(start, phone, request("OPTIONS"));
  EXPECT_EQ(only<Layer::RequestArrived>(drain(small)).size(), 1u);
  EXPECT_EQ(small.counters().over_limit, 2u);
}

TEST_F(TransactionLayerTest, ForgetsTheOldestAnswerForANewRequestWhenItIsFull) {
  Layer small{{.transactions_max = 3}, {}};
  const auto arrive_at_small = [&](const Message& message) {
    small.receive(start, phone, message);
    const auto arrived = only<Layer::RequestArrived>(drain(small));
    return arrived.size() == 1 ? arrived[0].server : 0;
  };
  const auto open = arrive_at_small(request("INVITE", "branch=z9hG4bK1"));
  for (const auto* branch : {"branch=z9hG4bK2", "branch=z9hG4bK3", "branch=z9hG4bK4"}) {
    const auto server = arrive_at_small(request("MESSAGE", branch));
    ASSERT_NE(server, 0u) << branch;
    EXPECT_TRUE(small.respond(start, server, make_response(request("MESSAGE", branch), 407)));
    drain(small);
  }
  EXPECT_EQ(small.size(), 3u);
  EXPECT_EQ(small.counters().forgotten, 1u);
  EXPECT_EQ(small.counters().over_limit, 0u);
  EXPECT_TRUE(small.respond(start, open, make_response(request("INVITE"), 180)))
      << "what is not answered is never forgotten";
  EXPECT_EQ(arrive_at_small(request("MESSAGE", "branch=z9hG4bK4")), 0u) << "still remembered";
  EXPECT_NE(arrive_at_small(request("MESSAGE", "branch=z9hG4bK2")), 0u) << "forgotten";
}

TEST_F(TransactionLayerTest, NeverForgetsACallForANewRequest) {
  Layer small{{.transactions_max = 1}, {}};
  small.receive(start, phone, request("INVITE"));
  const auto server = only<Layer::RequestArrived>(drain(small)).at(0).server;
  EXPECT_TRUE(small.respond(start, server, make_response(request("INVITE"), 200)));
  small.receive(start, phone, request("MESSAGE", "branch=z9hG4bK2"));
  EXPECT_TRUE(only<Layer::RequestArrived>(drain(small)).empty());
  EXPECT_EQ(small.counters().over_limit, 1u);
}

}  // namespace
}  // namespace muster::sip
