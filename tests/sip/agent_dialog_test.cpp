// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_dialog.hpp"

#include "sip/parser.hpp"
#include "tests/sip/agent_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::AgentAt;
using test::AgentWorld;

/// A phone that says what the test types, and remembers what is said to it.
struct Typed {
  explicit Typed(AgentWorld& its_world) : world(its_world) {
    world.others[own] = [this](const IpEndpoint&, BytesView bytes) {
      auto message = parse(bytes);
      ASSERT_TRUE(message);
      got.push_back(*std::move(message));
    };
  }
  /// `to_tag`: of the dialog, once there is one.
  void say(AgentAt& to, const std::string& method, unsigned cseq, const std::string& to_tag,
           const std::string& sdp = {}, const std::string& more = {}) {
    std::string text = method + " sip:dave@" + to.own.text() +
                       " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.50:5060;branch=z9hG4bK" + method +
                       std::to_string(cseq) +
                       "\r\nMax-Forwards: 70\r\nFrom: <sip:t@10.0.0.50>;tag=t\r\nTo: <sip:dave@x>" +
                       (to_tag.empty() ? "" : ";tag=" + to_tag) +
                       "\r\nCall-ID: typed\r\nCSeq: " + std::to_string(cseq) + ' ' + method +
                       "\r\nContact: <sip:t@10.0.0.50:5060>\r\n" + more;
    if (!sdp.empty()) text += "Content-Type: application/sdp\r\n";
    text += "Content-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" + sdp;
    world.send(own, to.own, to_bytes(text), 0);
  }
  static std::string sdp(const std::string& direction) {
    return "v=0\r\no=- 1 1 IN IP4 10.0.0.50\r\ns=-\r\nc=IN IP4 10.0.0.50\r\nt=0 0\r\n"
           "m=audio 6000 RTP/AVP 8\r\na=" +
           direction + "\r\n";
  }
  /// The newest response to that method.
  [[nodiscard]] Message last(const std::string& method) const {
    for (auto it = got.rbegin(); it != got.rend(); ++it) {
      if (!it->is_request() && it->method() == method) return *it;
    }
    return Message::response(100, "none");
  }

  AgentWorld& world;
  const IpEndpoint own = *IpEndpoint::parse("10.0.0.50:5060");
  std::vector<Message> got;
};

struct TypedCall {
  TypedCall() {
    world.others[*IpEndpoint::parse("10.0.0.50:6000")] = [this](const IpEndpoint&, BytesView) {
      ++packets;
    };
  }
  /// Until it is established; our tag of the dialog.
  std::string call(const std::string& sdp, const std::string& answer_in_ack) {
    phone.say(dave, "INVITE", 1, {}, sdp);
    world.run(1s);
    const std::string tag = phone.last("INVITE").to().tag();
    phone.say(dave, "ACK", 1, tag, answer_in_ack);
    world.run(1s);
    return tag;
  }

  AgentWorld world;
  AgentAt& dave = world.add("dave");
  Typed phone{world};
  unsigned packets = 0;
};

TEST(AgentInDialog, OffersItselfWhereTheInviteHasNoOffer) {
  TypedCall at;
  at.call({}, Typed::sdp("sendrecv"));
  EXPECT_THAT(at.phone.last("INVITE").body, testing::HasSubstr("RTP/AVP 96 0 8"));
  EXPECT_EQ(at.dave.talking, 1u);
  EXPECT_GT(at.packets, 20u);
}

TEST(AgentInDialog, EndsACallWhoseAckAnswersNothing) {
  TypedCall at;
  at.call({}, {});
  EXPECT_EQ(at.dave.talking, 0u);
  ASSERT_FALSE(at.phone.got.empty());
  EXPECT_EQ(at.phone.got.back().method(), "BYE");
}

TEST(AgentInDialog, IsPutOnHoldAndTakenBack) {
  TypedCall at;
  const auto tag = at.call(Typed::sdp("sendrecv"), {});
  at.phone.say(at.dave, "INVITE", 2, tag, Typed::sdp("inactive"));
  at.world.run(100ms);
  EXPECT_THAT(at.phone.last("INVITE").body, testing::HasSubstr("a=inactive"));
  at.phone.say(at.dave, "ACK", 2, tag);
  at.world.run(100ms);
  const unsigned before = at.packets;
  at.world.run(5s);
  EXPECT_EQ(at.packets, before);
  at.phone.say(at.dave, "INVITE", 3, tag, Typed::sdp("sendrecv"));
  at.world.run(100ms);
  at.phone.say(at.dave, "ACK", 3, tag);
  at.world.run(1s);
  EXPECT_GT(at.packets, before + 20);
  EXPECT_TRUE(at.dave.agent.in_call());
}

TEST(AgentInDialog, RepeatsItsAnswerUntilTheAck) {
  TypedCall at;
  at.phone.say(at.dave, "INVITE", 1, {}, Typed::sdp("sendrecv"));
  at.world.run(10s);
  const auto answers = [&] {
    return std::count_if(at.phone.got.begin(), at.phone.got.end(),
                         [](const Message& m) { return m.status() == 200; });
  };
  const auto before = answers();
  EXPECT_GE(before, 4);
  at.phone.say(at.dave, "ACK", 1, at.phone.last("INVITE").to().tag());
  at.world.run(10s);
  EXPECT_EQ(answers(), before);
}

TEST(AgentInDialog, RefusesWhatBelongsToNoCall) {
  TypedCall at;
  for (const auto* method : {"INVITE", "BYE"}) {
    at.phone.say(at.dave, method, 9, "unknown", Typed::sdp("sendrecv"));
    at.world.run(100ms);
    EXPECT_EQ(at.phone.last(method).status(), 481u) << method;
  }
  at.phone.say(at.dave, "CANCEL", 9, {});
  at.world.run(100ms);
  EXPECT_EQ(at.phone.last("CANCEL").status(), 481u);
}

TEST(AgentInDialog, SaysWhatItCanAndCannot) {
  TypedCall at;
  at.phone.say(at.dave, "OPTIONS", 1, {});
  at.phone.say(at.dave, "SUBSCRIBE", 2, {});
  at.phone.say(at.dave, "MESSAGE", 3, {}, Typed::sdp("sendrecv"));
  at.phone.say(at.dave, "INVITE", 4, {}, Typed::sdp("sendrecv"), "Require: 100rel\r\n");
  at.world.run(100ms);
  EXPECT_EQ(at.phone.last("OPTIONS").status(), 200u);
  EXPECT_EQ(at.phone.last("SUBSCRIBE").status(), 405u);
  EXPECT_THAT(std::string{at.phone.last("SUBSCRIBE").header("Allow").value_or("")},
              testing::HasSubstr("MESSAGE"));
  EXPECT_EQ(at.phone.last("MESSAGE").status(), 415u);
  EXPECT_EQ(at.phone.last("INVITE").status(), 420u);
  EXPECT_EQ(at.phone.last("INVITE").header("Unsupported"), "100rel");
}

TEST(AgentDialog, GoesBackTheWayOfTheRecordRoute) {
  const auto invite = *parse(as_bytes(
      "INVITE sip:d@x SIP/2.0\r\nVia: SIP/2.0/UDP 1.1.1.1;branch=z9hG4bKa\r\n"
      "From: <sip:a@x>;tag=a\r\nTo: <sip:d@x>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n"
      "Contact: <sip:a@10.0.0.1:5062>\r\nRecord-Route: <sip:10.0.0.3;lr>, <sip:10.0.0.2;lr>\r\n"
      "Content-Length: 0\r\n\r\n"));
  Message success = make_response(invite, 200, {}, "d");
  success.add("Contact", "<sip:d@10.0.0.9:5064>");
  const auto called = AgentDialog::of_called(invite, success);
  const auto caller = AgentDialog::of_caller(invite, success);
  EXPECT_EQ(called.next_hop(), IpEndpoint::parse("10.0.0.3:5060"));
  EXPECT_EQ(caller.next_hop(), IpEndpoint::parse("10.0.0.2:5060"));
  EXPECT_EQ(called.request("BYE", 1).request_uri().str(), "sip:a@10.0.0.1:5062");
  EXPECT_EQ(caller.request("BYE", 8).request_uri().str(), "sip:d@10.0.0.9:5064");
  EXPECT_TRUE(called.has(caller.request("BYE", 8)));
  EXPECT_TRUE(caller.has(called.request("BYE", 1)));
  EXPECT_FALSE(caller.has(caller.request("BYE", 8)));
}

}  // namespace
}  // namespace muster::sip
