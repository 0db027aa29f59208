// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/sip_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::SipPhone;
using test::SipWorld;
using Kind = Event::Kind;

/// Two nodes with one registered phone each.
class EdgeCall : public ::testing::Test {
 protected:
  SipWorld world;
  SipWorld::Node& near = world.add_node();
  SipWorld::Node& far = world.add_node();
  SipPhone& alice = world.add_registered_phone(near, "alice");
  SipPhone& bob = world.add_registered_phone(far, "bob");
};

TEST_F(EdgeCall, RingsAndIsAnsweredAcrossTheMesh) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_TRUE(alice.saw("INVITE", 100));
  EXPECT_TRUE(alice.saw("INVITE", 180));
  EXPECT_EQ(alice.status_of("INVITE"), 200u);
  EXPECT_TRUE(alice.talking());
  EXPECT_TRUE(bob.talking());
  EXPECT_EQ(bob.acks, 1u);
  EXPECT_TRUE(near.reported(Kind::call_answered));
  EXPECT_TRUE(far.reported(Kind::call_answered));
}

TEST_F(EdgeCall, WorksInTheOtherDirection) {
  bob.invite(world.now, SipWorld::uri("alice"));
  world.run(1s);
  EXPECT_TRUE(bob.talking());
  EXPECT_TRUE(alice.talking());
}

TEST_F(EdgeCall, EndsByTheCallersBye) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  alice.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(bob.byes, 1u);
  EXPECT_EQ(alice.status_of("BYE"), 200u);
  EXPECT_EQ(near.edge->calls() + far.edge->calls(), 0u);
  EXPECT_TRUE(near.sockets.open.empty());
  EXPECT_TRUE(far.sockets.open.empty());
}

TEST_F(EdgeCall, EndsByTheCalledPhonesBye) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  bob.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(alice.byes, 1u);
  EXPECT_EQ(bob.status_of("BYE"), 200u);
  EXPECT_TRUE(far.reported(Kind::call_ended));
}

TEST_F(EdgeCall, RecordsBothSidesOfBothEdgesInTheRoute) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  ASSERT_EQ(bob.rang.size(), 1u);
  std::vector<std::string> routes;
  for (const auto value : bob.rang[0].headers("Record-Route")) routes.emplace_back(value);
  const std::string near_name = test::node_id(1).hex() + ".drill.example";
  const std::string far_name = test::node_id(2).hex() + ".drill.example";
  EXPECT_EQ(routes, (std::vector<std::string>{
                        "<sip:10.0.2.1:5060;lr>", "<sip:" + far_name + ";transport=MUSTER;lr>",
                        "<sip:" + near_name + ";transport=MUSTER;lr>", "<sip:10.0.1.1:5060;lr>"}));
}

TEST_F(EdgeCall, HasTheMediaOfBothPhonesComeToTheirEdges) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  ASSERT_EQ(bob.sdps.size(), 1u);
  EXPECT_NE(bob.sdps[0].find("c=IN IP4 10.0.2.1\r\n"), std::string::npos) << bob.sdps[0];
  ASSERT_EQ(alice.sdps.size(), 1u);
  EXPECT_NE(alice.sdps[0].find("c=IN IP4 10.0.1.1\r\n"), std::string::npos) << alice.sdps[0];
}

TEST_F(EdgeCall, CarriesRtpFromPhoneToPhone) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  ASSERT_EQ(near.sockets.open.size(), 1u);
  const Bytes rtp(172, 0x80);
  near.edge->receive_rtp(world.now, *near.sockets.open.begin(),
                         {alice.own().address, alice.media_port()}, rtp);
  world.run(0s);
  ASSERT_EQ(near.media_out.size(), 1u);
  EXPECT_EQ(near.media_out[0].to, test::node_id(2));
  EXPECT_EQ(near.media_out[0].expires, world.now + 400ms);
  far.edge->receive_media(world.now, test::node_id(1), near.media_out[0].packet);
  world.run(0s);
  ASSERT_EQ(far.media_in.size(), 1u);
  EXPECT_EQ(far.media_in[0].to, (IpEndpoint{bob.own().address, bob.media_port()}));
  EXPECT_EQ(far.media_in[0].packet, rtp);
}

TEST_F(EdgeCall, IsCancelledWhileItRings) {
  bob.script.invite_status = 0;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  alice.cancel(world.now);
  world.run(1s);
  EXPECT_EQ(bob.cancels, 1u);
  EXPECT_EQ(alice.status_of("CANCEL"), 200u);
  EXPECT_EQ(alice.status_of("INVITE"), 487u);
  EXPECT_EQ(alice.last_reason, "Request Terminated");
  EXPECT_EQ(near.edge->calls() + far.edge->calls(), 0u);
}

TEST_F(EdgeCall, HearsThatTheOtherIsBusy) {
  bob.script.invite_status = 486;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_EQ(alice.status_of("INVITE"), 486u);
  EXPECT_EQ(alice.last_reason, "Busy Here");
}

TEST_F(EdgeCall, FailsAtOnceWithoutARoute) {
  world.partition({1});
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(100ms);
  EXPECT_EQ(alice.status_of("INVITE"), 480u);
  EXPECT_EQ(alice.last_reason, "No Path To This User Now");
}

TEST_F(EdgeCall, FailsWhenDeliveryGivesUp) {
  world.partition({1});
  world.claimed_reachable = true;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(9s);
  EXPECT_EQ(alice.status_of("INVITE"), 408u);
  EXPECT_EQ(alice.last_reason, "The Other Node Does Not Answer");
  EXPECT_EQ(near.edge->calls(), 0u);
}

TEST_F(EdgeCall, StopsRingingOnBothSidesWhenTheMeshIsPartitioned) {
  bob.script.invite_status = 0;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  world.partition({1});
  world.run(9s);
  EXPECT_EQ(alice.status_of("INVITE"), 0u);
  world.run(6s);
  EXPECT_EQ(alice.status_of("INVITE"), 480u);
  EXPECT_EQ(alice.last_reason, "The Path To The Other Node Is Lost");
  EXPECT_EQ(bob.cancels, 1u);
}

TEST_F(EdgeCall, GoesOnRingingThroughABriefPartition) {
  bob.script.answer_after = 20s;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  world.partition({1});
  world.run(8s);
  world.partition({});
  world.run(15s);
  EXPECT_TRUE(alice.talking());
}

TEST_F(EdgeCall, IsRefusedForAUserWhoDoesNotExist) {
  alice.invite(world.now, SipWorld::uri("nobody"));
  world.run(100ms);
  EXPECT_EQ(alice.status_of("INVITE"), 404u);
}

TEST_F(EdgeCall, IsRefusedForAUserWithoutPhone) {
  world.add_phone(far, "carol");
  alice.invite(world.now, SipWorld::uri("carol"));
  world.run(100ms);
  EXPECT_EQ(alice.status_of("INVITE"), 480u);
  EXPECT_EQ(alice.last_reason, "This User Has No Phone Registered");
}

TEST_F(EdgeCall, FailsWhenThePhoneDoesNotAnswer) {
  bob.script.silent = true;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(35s);
  EXPECT_EQ(alice.status_of("INVITE"), 408u);
}

TEST_F(EdgeCall, IsRefusedToAPhoneThatHasNotProvenWhoItIs) {
  world.homes["carol@drill.example"] = {99};
  SipPhone& carol = world.add_visitor(near, "carol");
  carol.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_EQ(carol.status_of("INVITE"), 403u);
  EXPECT_EQ(carol.last_reason, "This Node Is No Home Node Of That User");
  EXPECT_TRUE(bob.rang.empty());
}

TEST_F(EdgeCall, GoesDirectlyBetweenPhonesOfOneNode) {
  SipPhone& carol = world.add_registered_phone(near, "carol");
  alice.invite(world.now, SipWorld::uri("carol"));
  world.run(1s);
  EXPECT_TRUE(alice.talking());
  ASSERT_EQ(carol.sdps.size(), 1u);
  EXPECT_NE(carol.sdps[0].find(alice.own().address.text()), std::string::npos);
  EXPECT_TRUE(near.sockets.open.empty());
  carol.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(alice.byes, 1u);
}

TEST_F(EdgeCall, RingsAllPhonesOfTheUserAndStopsTheOthersWhenOneAnswers) {
  world.homes["bob@drill.example"].insert(1);
  SipPhone& second = world.add_registered_phone(near, "bob");
  second.script.invite_status = 0;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(2s);
  EXPECT_EQ(second.rang.size(), 1u);
  EXPECT_EQ(second.cancels, 1u);
  EXPECT_TRUE(bob.talking());
  EXPECT_TRUE(alice.talking());
}

TEST_F(EdgeCall, TakesTheBestOfTwoRefusals) {
  world.homes["bob@drill.example"].insert(1);
  SipPhone& second = world.add_registered_phone(near, "bob");
  second.script.invite_status = 603;
  bob.script.invite_status = 486;
  bob.script.answer_after = 500ms;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(2s);
  EXPECT_EQ(alice.status_of("INVITE"), 603u);
}

TEST_F(EdgeCall, CanBeDialledByTheNodesAddress) {
  alice.invite(world.now, "sip:bob@10.0.1.1:5060");
  world.run(1s);
  EXPECT_TRUE(alice.talking());
  EXPECT_TRUE(bob.talking());
}

TEST_F(EdgeCall, SurvivesTheRestartOfTheCallersEdgeForItsBye) {
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  near.restart();
  alice.register_at(world.now);
  world.run(1s);
  alice.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(bob.byes, 1u);
}

class LossyEdgeCall : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LossyEdgeCall, SucceedsOverPhonesThatLoseThreeDatagramsOfTen) {
  SCOPED_TRACE(GetParam());
  SipWorld world(GetParam());
  auto& near = world.add_node();
  auto& far = world.add_node();
  auto& alice = world.add_registered_phone(near, "alice");
  auto& bob = world.add_registered_phone(far, "bob");
  world.udp_loss = 0.3;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(30s);
  EXPECT_TRUE(alice.talking());
  EXPECT_TRUE(bob.talking());
  bob.hang_up(world.now);
  world.run(32s);
  EXPECT_EQ(bob.status_of("BYE"), 200u);
  EXPECT_EQ(alice.byes, 1u);
  EXPECT_EQ(near.edge->calls() + far.edge->calls(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyEdgeCall, ::testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace muster::sip
