// SPDX-License-Identifier: Apache-2.0
#include "sim/scripted_phone.hpp"

#include <gtest/gtest.h>

#include "sim/random_stream.hpp"
#include "sip/parser.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{100s};

/// One phone and what its node would see of it; the node answers as the test says.
class PhoneAlone {
 public:
  PhoneAlone() : random_(1), phone_(config(), random_) {}

  [[nodiscard]] static ScriptedPhone::Config config() {
    return {.user = "alice",
            .domain = "drill.example",
            .password = "secret",
            .own = *IpEndpoint::parse("172.16.0.1:5060"),
            .media = *IpEndpoint::parse("172.16.0.1:30000"),
            .node = *IpEndpoint::parse("10.0.0.1:5060"),
            .registration_seconds = 600};
  }
  /// SIP that it wants to send, oldest first.
  std::vector<sip::Message> sent() {
    std::vector<sip::Message> all;
    while (auto output = phone_.poll()) {
      if (const auto* sip = std::get_if<ScriptedPhone::SendSip>(&*output)) {
        all.push_back(*sip::parse(sip->message));
      } else if (std::holds_alternative<ScriptedPhone::SendMedia>(*output)) {
        ++media_packets;
      } else {
        events.push_back(std::get<PhoneEvent>(*output));
      }
    }
    return all;
  }
  template <typename Event>
  [[nodiscard]] bool told() const {
    return std::any_of(events.begin(), events.end(),
                       [](const auto& event) { return std::holds_alternative<Event>(event); });
  }
  void answer(const sip::Message& request, unsigned status, const std::string& body = {}) {
    auto response = sip::make_response(request, status, {}, "far");
    if (!body.empty()) {
      response.add("Contact", "<sip:bob@10.0.0.1:5060>");
      response.add("Content-Type", "application/sdp");
      response.body = body;
    }
    phone_.receive(now, response.serialise());
  }
  void run_to(TimePoint end) {
    while (phone_.deadline() && *phone_.deadline() <= end) {
      now = std::max(now, *phone_.deadline());
      phone_.advance(now);
      static_cast<void>(sent());
    }
    now = end;
  }

  TimePoint now = start;
  std::vector<PhoneEvent> events;
  unsigned media_packets = 0;

 private:
  RandomStream random_;

 public:
  ScriptedPhone phone_;
};

constexpr const char* their_sdp =
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 0\r\n";

TEST(ScriptedPhone, RegistersAndDoesSoAgainInTime) {
  PhoneAlone alone;
  alone.phone_.switch_on(start);
  const auto first = alone.sent();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].method(), "REGISTER");
  alone.answer(first[0], 200);
  static_cast<void>(alone.sent());
  EXPECT_TRUE(alone.told<PhoneRegistered>());
  EXPECT_EQ(alone.phone_.deadline(), start + 5s) << "its transaction absorbs repetitions (K)";
  alone.run_to(start + 10s);
  EXPECT_EQ(alone.phone_.deadline(), start + 300s);
}

TEST(ScriptedPhone, TalksWhatIsWorthFiftyPacketsASecond) {
  PhoneAlone alone;
  alone.phone_.dial(start, "bob");
  const auto invite = alone.sent();
  ASSERT_EQ(invite.size(), 1u);
  alone.answer(invite[0], 180);
  alone.answer(invite[0], 200, their_sdp);
  const auto ack = alone.sent();
  ASSERT_EQ(ack.size(), 1u);
  EXPECT_EQ(ack[0].method(), "ACK");
  EXPECT_TRUE(alone.told<CallRinging>());
  EXPECT_TRUE(alone.told<CallEstablished>());
  alone.run_to(start + 2s);
  EXPECT_EQ(alone.media_packets, 100u);
  alone.phone_.fall_silent();
  alone.run_to(start + 3s);
  EXPECT_EQ(alone.media_packets, 100u);
}

TEST(ScriptedPhone, AcknowledgesARepeatedAnswerAgain) {
  PhoneAlone alone;
  alone.phone_.dial(start, "bob");
  const auto invite = alone.sent();
  alone.answer(invite[0], 200, their_sdp);
  static_cast<void>(alone.sent());
  alone.answer(invite[0], 200, their_sdp);
  const auto again = alone.sent();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].method(), "ACK");
}

TEST(ScriptedPhone, GivesUpACallThatNobodyAnswers) {
  PhoneAlone alone;
  alone.phone_.dial(start, "bob");
  const auto invite = alone.sent();
  alone.answer(invite[0], 180);
  static_cast<void>(alone.sent());
  alone.now = start + 40s;
  alone.phone_.advance(alone.now);
  const auto cancel = alone.sent();
  ASSERT_FALSE(cancel.empty());
  EXPECT_EQ(cancel.back().method(), "CANCEL");
  alone.answer(invite[0], 487);
  static_cast<void>(alone.sent());
  EXPECT_TRUE(alone.told<CallClosed>());
  EXPECT_FALSE(alone.phone_.in_call());
}

TEST(ScriptedPhone, TellsTheAnswerToItsMessage) {
  PhoneAlone alone;
  alone.phone_.message(start, 7, "bob", "hello");
  const auto request = alone.sent();
  ASSERT_EQ(request.size(), 1u);
  EXPECT_EQ(request[0].body, "hello");
  alone.answer(request[0], 202);
  static_cast<void>(alone.sent());
  ASSERT_TRUE(alone.told<MessageAnswered>());
  EXPECT_EQ(std::get<MessageAnswered>(alone.events.back()).tag, 7u);
  EXPECT_EQ(std::get<MessageAnswered>(alone.events.back()).status, 202u);
}

}  // namespace
}  // namespace muster::sim
