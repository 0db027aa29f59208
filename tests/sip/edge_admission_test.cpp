// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sip/fingerprint.hpp"
#include "tests/support/sip_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::SipPhone;
using test::SipWorld;

/// Who may do what at an edge, and what it makes of nonsense.
class EdgeAdmission : public ::testing::Test {
 protected:
  SipWorld world;
  SipWorld::Node& node = world.add_node();
  SipWorld::Node& other = world.add_node();

  /// The edge's answer to raw text from an address nobody uses.
  std::optional<Message> answer_to(const std::string& text) {
    const auto stranger = *IpEndpoint::parse("10.0.1.99:5060");
    node.edge->receive_phone(world.now, stranger, as_bytes(text));
    while (auto output = node.edge->poll()) {
      const auto* sent = std::get_if<Edge::ToPhone>(&*output);
      if (sent && sent->to == stranger) return parse(sent->message).value();
    }
    return std::nullopt;
  }
  static std::string request(const std::string& method, const std::string& uri,
                             const std::string& more = "", const std::string& from = "alice") {
    return method + ' ' + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.99;branch=z9hG4bK" + method +
           more.substr(0, more.find(':')) + ";rport\r\nFrom: <sip:" + from +
           "@drill.example>;tag=f\r\nTo: <" + uri + ">\r\nCall-ID: c\r\nCSeq: 1 " + method +
           "\r\n" + more + "\r\n";
  }
};

TEST_F(EdgeAdmission, RegistersAPhoneWithTheRightPassword) {
  SipPhone& alice = world.add_phone(node, "alice");
  alice.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(alice.status_of("REGISTER"), 200u);
  EXPECT_EQ(node.edge->registered_users(), std::vector<std::string>{"alice@drill.example"});
}

TEST_F(EdgeAdmission, DoesNotRegisterAPhoneWithAWrongPassword) {
  SipPhone& alice = world.add_phone(node, "alice");
  SipPhone mallory("alice", SipWorld::domain, alice.own(), node.listen(), "guess");
  mallory.register_at(world.now);
  for (int i = 0; i < 6; ++i) {
    while (auto bytes = mallory.poll()) node.edge->receive_phone(world.now, alice.own(), *bytes);
    while (auto output = node.edge->poll()) {
      if (auto* sent = std::get_if<Edge::ToPhone>(&*output)) {
        mallory.receive(world.now, sent->message);
      }
    }
  }
  EXPECT_EQ(mallory.status_of("REGISTER"), 401u);
  EXPECT_TRUE(node.edge->registered_users().empty());
}

TEST_F(EdgeAdmission, RefusesToRegisterAUserWhoIsAtHomeOutOfReach) {
  SipPhone& alice = world.add_phone(node, "alice");
  world.homes["alice@drill.example"] = {2};
  world.partition({2});
  alice.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(alice.status_of("REGISTER"), 403u);
  EXPECT_TRUE(node.reported(Event::Kind::refused));
}

TEST_F(EdgeAdmission, AsksForCredentialsOfferingSha256First) {
  world.add_phone(node, "alice");
  const auto answer = answer_to(request("REGISTER", "sip:alice@drill.example"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 401u);
  EXPECT_NE(answer->header("WWW-Authenticate")->find("SHA-256"), std::string_view::npos);
}

TEST_F(EdgeAdmission, LetsAnUnregisteredPhoneCallOnceItHasProvenWhoItIs) {
  SipPhone& bob = world.add_registered_phone(other, "bob");
  SipPhone& alice = world.add_phone(node, "alice");
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_TRUE(alice.talking());
  bob.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(alice.byes, 1u);
}

TEST_F(EdgeAdmission, ChallengesARequestFromAnAddressNobodyRegisteredFrom) {
  world.add_registered_phone(node, "alice");
  const auto answer = answer_to(request("INVITE", "sip:alice@drill.example"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 407u);
}

TEST_F(EdgeAdmission, RefusesAFromOutsideTheOverlay) {
  const auto answer = answer_to(
      "MESSAGE sip:bob@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.99;branch=z9hG4bKx\r\n"
      "From: <sip:alice@elsewhere.example>;tag=f\r\nTo: <sip:bob@drill.example>\r\n"
      "Call-ID: c\r\nCSeq: 1 MESSAGE\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 403u);
}

TEST_F(EdgeAdmission, DoesNotCarryCredentialsToTheOtherEdge) {
  SipPhone& bob = world.add_registered_phone(other, "bob");
  SipPhone& alice = world.add_phone(node, "alice");
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  ASSERT_EQ(bob.rang.size(), 1u);
  EXPECT_FALSE(bob.rang[0].has("Proxy-Authorization"));
}

TEST_F(EdgeAdmission, AnswersOptionsToItself) {
  const auto answer = answer_to(request("OPTIONS", "sip:drill.example"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 200u);
  EXPECT_TRUE(answer->has("Allow"));
}

TEST_F(EdgeAdmission, RefusesARequestThatHasHoppedEnough) {
  const auto answer = answer_to(request("MESSAGE", "sip:bob@drill.example", "Max-Forwards: 0\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 483u);
}

TEST_F(EdgeAdmission, RefusesExtensionsItDoesNotKnow) {
  const auto answer =
      answer_to(request("MESSAGE", "sip:bob@drill.example", "Proxy-Require: nothing\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 420u);
  EXPECT_EQ(answer->header("Unsupported"), "nothing");
}

TEST_F(EdgeAdmission, RefusesOtherUriSchemes) {
  const auto answer = answer_to(request("MESSAGE", "tel:+15551234"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 416u);
}

TEST_F(EdgeAdmission, RecognisesARequestThatLoops) {
  const std::string text = request("MESSAGE", "sip:bob@drill.example");
  const auto mark = loop_fingerprint(parse(as_bytes(text)).value());
  const auto answer = answer_to(request(
      "MESSAGE", "sip:bob@drill.example",
      "Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bKabc." + mark + "\r\nMax-Forwards: 7\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 482u);
}

TEST_F(EdgeAdmission, AnswersWhereThePhoneAskedByRport) {
  const auto answer = answer_to(request("OPTIONS", "sip:drill.example"));
  ASSERT_TRUE(answer);
  const auto via = answer->via_top();
  EXPECT_EQ(via->rport(), 5060);
  EXPECT_EQ(via->received(), IpAddress::parse("10.0.1.99"));
}

TEST_F(EdgeAdmission, RefusesACancelOfNothing) {
  const auto answer = answer_to(request("CANCEL", "sip:bob@drill.example"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 481u);
}

TEST_F(EdgeAdmission, SendsNothingToAnAddressThatANodeChose) {
  world.homes["alice@drill.example"].insert(2);
  const std::string text =
      "BYE sip:x@192.0.2.66:53 SIP/2.0\r\nVia: SIP/2.0/MUSTER " + test::node_id(2).hex() +
      ".drill.example;branch=z9hG4bKx\r\nFrom: <sip:alice@drill.example>;tag=f\r\n"
      "To: <sip:bob@drill.example>;tag=t\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n";
  node.edge->receive_node(world.now, test::node_id(2), as_bytes(text));
  unsigned answers = 0;
  while (auto output = node.edge->poll()) {
    EXPECT_FALSE(std::holds_alternative<Edge::ToPhone>(*output));
    if (const auto* sent = std::get_if<Edge::ToNode>(&*output)) {
      EXPECT_EQ(parse(sent->message)->status(), 481u);
      ++answers;
    }
  }
  EXPECT_EQ(answers, 1u);
}

TEST_F(EdgeAdmission, IsSilentToKeepAlives) {
  node.edge->receive_phone(world.now, *IpEndpoint::parse("10.0.1.99:5060"), as_bytes("\r\n\r\n"));
  EXPECT_FALSE(node.edge->poll());
  EXPECT_EQ(node.edge->counters().keepalives, 1u);
  EXPECT_EQ(node.edge->counters().malformed, 0u);
}

TEST_F(EdgeAdmission, SurvivesEveryDamagedOctetOfARequest) {
  SipPhone& alice = world.add_registered_phone(node, "alice");
  world.add_registered_phone(other, "bob");
  const std::string whole =
      request("MESSAGE", "sip:bob@drill.example", "Max-Forwards: 70\r\nContent-Length: 0\r\n");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char damage : {'\0', '\xff', ';', '<', '\n'}) {
      std::string text = whole;
      text[i] = damage;
      node.edge->receive_phone(world.now, alice.own(), as_bytes(text));
      node.edge->receive_node(world.now, test::node_id(2), as_bytes(text));
    }
    node.edge->receive_phone(world.now, alice.own(), as_bytes(whole.substr(0, i)));
  }
  world.run(60s);
  EXPECT_GT(node.edge->counters().malformed, 0u);
}

TEST_F(EdgeAdmission, ForgetsEverythingThatIsOver) {
  SipPhone& alice = world.add_registered_phone(node, "alice");
  world.add_registered_phone(other, "bob");
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  alice.hang_up(world.now);
  alice.message(world.now, SipWorld::uri("bob"), "bye");
  world.run(120s);
  // All that is left to wait for is the end of the registration, 600 s after it was made.
  ASSERT_TRUE(node.edge->deadline());
  EXPECT_GT(*node.edge->deadline(), world.now + 400s);
}

}  // namespace
}  // namespace muster::sip
