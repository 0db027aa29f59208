// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sim/netstring.hpp"
#include "sim/sip_trace.hpp"

namespace muster::sim {
namespace {

const std::string request =
    "baresip is ready.\n\x1b[36;1m#\nUDP 127.0.0.1:5080 -> 127.0.0.1:5060\n"
    "MESSAGE sip:dave@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP "
    "127.0.0.1:5080;branch=z9hG4bK21;rport\r\n"
    "To: <sip:dave@drill.example>\r\nFrom: \"Alice\" <sip:alice@drill.example>;tag=6d\r\nCall-ID: "
    "977b\r\n"
    "CSeq: 25261 MESSAGE\r\nContent-Length: 5\r\n\r\nhello\x1b[;m\n";
const std::string response =
    "\x1b[36;1m#\nUDP 127.0.0.1:5060 -> 127.0.0.1:5080\nSIP/2.0 202 Accepted\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK21\r\nCall-ID: 977b\r\nCSeq: 25261 "
    "MESSAGE\r\n\r\n\x1b[;m\n";

TEST(SipTrace, ReadsARequest) {
  SipTrace trace;
  trace.feed(request);
  const auto message = trace.poll();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->source, "127.0.0.1:5080");
  EXPECT_EQ(message->destination, "127.0.0.1:5060");
  EXPECT_EQ(message->status, 0u);
  EXPECT_EQ(message->method, "MESSAGE");
  EXPECT_EQ(message->from_user, "alice");
  EXPECT_EQ(message->to_user, "dave");
  EXPECT_EQ(message->branch, "z9hG4bK21");
  EXPECT_EQ(message->body, "hello");
  EXPECT_FALSE(trace.poll());
}

TEST(SipTrace, ReadsTextThatComesInPieces) {
  SipTrace trace;
  unsigned messages = 0;
  for (const char c : request + response + request) {
    trace.feed(std::string_view(&c, 1));
    while (trace.poll()) ++messages;
  }
  EXPECT_EQ(messages, 3u);
}

TEST(SipTrace, GivesAResponseTheMethodItAnswers) {
  SipTrace trace;
  trace.feed(response);
  const auto message = trace.poll();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->status, 202u);
  EXPECT_EQ(message->method, "MESSAGE");
}

TEST(SipTrace, SkipsBlocksThatAreNoTraffic) {
  SipTrace trace;
  trace.feed("\x1b[36;1m#\nno traffic\x1b[;m" + request);
  EXPECT_TRUE(trace.poll());
}

TEST(SipTrace, ForgetsABlockThatNeverEnds) {
  SipTrace trace;
  for (int i = 0; i < 100; ++i) trace.feed("\x1b[36;1m#" + std::string(10'000, 'x'));
  EXPECT_FALSE(trace.poll());
  trace.feed("\x1b[;m" + request);
  EXPECT_TRUE(trace.poll());
}

TEST(SipTrace, ReadsStatisticsByWholeName) {
  const auto* text = "EX=BareSip;CS=0;PR=250;PS=251;PL=3,0;JI=10.0,10.0";
  EXPECT_EQ(statistic(text, "PR"), 250u);
  EXPECT_EQ(statistic(text, "PL"), 3u);
  EXPECT_FALSE(statistic(text, "R"));
}

TEST(Netstring, ComesBackAsItWent) {
  std::string buffer = netstring("{\"a\":1}") + netstring("") + "13:not";
  EXPECT_EQ(take_netstring(buffer), "{\"a\":1}");
  EXPECT_EQ(take_netstring(buffer), "");
  EXPECT_FALSE(take_netstring(buffer));
  buffer += " whole yet";
  EXPECT_FALSE(take_netstring(buffer));
  buffer += ",";
  EXPECT_EQ(take_netstring(buffer), "not whole yet");
}

TEST(Netstring, SkipsWhatCannotBeginOne) {
  std::string buffer = "abc,99999999999999999999:x2:ok,";
  EXPECT_EQ(take_netstring(buffer), "ok");
}

}  // namespace
}  // namespace muster::sim
