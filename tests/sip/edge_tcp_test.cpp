// SPDX-License-Identifier: Apache-2.0
// Phones on a connection.
#include <gtest/gtest.h>

#include "tests/support/sip_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::SipPhone;
using test::SipWorld;

class EdgeTcp : public ::testing::Test {
 protected:
  EdgeTcp() {
    bob.use_tcp();
    bob.register_at(world.now);
    world.run(2s);
  }
  PhoneAddress bobs_connection() { return {bob.own(), PhoneTransport::tcp}; }

  SipWorld world;
  SipWorld::Node& near = world.add_node();
  SipWorld::Node& far = world.add_node();
  SipPhone& alice = world.add_registered_phone(near, "alice");
  SipPhone& bob = world.add_phone(far, "bob");
};

TEST_F(EdgeTcp, CallsBetweenAPhoneOnUdpAndOneOnTcpWork) {
  world.udp_loss = 0.2;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(20s);
  ASSERT_TRUE(alice.talking());
  ASSERT_TRUE(bob.talking());
  EXPECT_EQ(bob.rang.at(0).via_top()->transport, "TCP");
  EXPECT_EQ(bob.rang.at(0).header("Record-Route"), "<sip:10.0.2.1:5060;transport=tcp;lr>");
  bob.hang_up(world.now);
  world.run(20s);
  EXPECT_EQ(alice.byes, 1u);
}

TEST_F(EdgeTcp, TwoPhonesOfOneNodeOnDifferentTransportsCallEachOther) {
  SipPhone& carol = world.add_registered_phone(far, "carol");
  carol.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  ASSERT_TRUE(carol.talking());
  std::vector<std::string> routes;
  for (const auto value : bob.rang.at(0).headers("Record-Route")) routes.emplace_back(value);
  EXPECT_EQ(routes, (std::vector<std::string>{"<sip:10.0.2.1:5060;transport=tcp;lr>",
                                              "<sip:10.0.2.1:5060;lr>"}));
  carol.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(bob.byes, 1u);
}

TEST_F(EdgeTcp, NothingIsRepeatedOverAConnection) {
  bob.script.silent = true;
  std::size_t sent = 0;
  alice.message(world.now, SipWorld::uri("bob"), "once");
  world.on_to_phone = [&](const Edge::ToPhone& out) {
    sent += out.to == bobs_connection() && as_text(out.message).starts_with("MESSAGE");
  };
  world.run(10s);
  EXPECT_EQ(sent, 1u);
}

TEST_F(EdgeTcp, AMessageTooLargeForADatagramReachesAPhoneOnTcp) {
  const std::string text(20'000, 'x');
  alice.message(world.now, SipWorld::uri("bob"), text);
  world.run(2s);
  EXPECT_EQ(bob.shown, std::vector<std::string>{text});
  EXPECT_EQ(alice.status_of("MESSAGE"), 200u);
}

TEST_F(EdgeTcp, ARequestThatTheMeshCannotCarryIsRefusedWith513) {
  alice.use_tcp();
  alice.register_at(world.now);
  world.run(1s);
  alice.message(world.now, SipWorld::uri("bob"), std::string(40'000, 'x'));
  world.run(2s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 513u);
}

TEST_F(EdgeTcp, TheEndOfTheConnectionEndsTheRegistrationOfAPhoneThatDoesNotListen) {
  SipPhone& carol = world.add_phone(far, "carol");
  carol.use_tcp();
  carol.script.contact_host = "10.9.9.9";  // behind a translator
  carol.register_at(world.now);
  world.run(1s);
  ASSERT_TRUE(far.registered.contains("carol@drill.example"));
  far.edge->connection_ended(world.now, {carol.own(), PhoneTransport::tcp});
  world.run(1s);
  EXPECT_FALSE(far.registered.contains("carol@drill.example"));
}

TEST_F(EdgeTcp, APhoneThatListensIsReachedByANewConnection) {
  SipPhone& carol = world.add_phone(far, "carol");
  carol.use_tcp();
  const IpEndpoint listens{carol.own().address, 5070};
  carol.script.contact_host = listens.text();
  carol.register_at(world.now);
  world.run(1s);
  far.edge->connection_ended(world.now, {carol.own(), PhoneTransport::tcp});
  std::vector<PhoneAddress> to;
  world.on_to_phone = [&](const Edge::ToPhone& out) { to.push_back(out.to); };
  alice.message(world.now, SipWorld::uri("carol"), "hello");
  world.run(1s);
  ASSERT_FALSE(to.empty());
  EXPECT_EQ(to.at(0), (PhoneAddress{listens, PhoneTransport::tcp}));
}

TEST_F(EdgeTcp, ACallToAPhoneWhoseConnectionEndsFailsAtOnce) {
  bob.script.invite_status = 0;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  far.edge->connection_ended(world.now, bobs_connection());
  world.run(1s);
  EXPECT_EQ(alice.status_of("INVITE"), 480u);
  EXPECT_EQ(alice.last_reason, "The Phone Has Gone");
}

TEST_F(EdgeTcp, WhoComesByTheSameAddressLaterIsAskedWhoHeIs) {
  far.edge->connection_ended(world.now, bobs_connection());
  bob.was_challenged = false;
  bob.invite(world.now, SipWorld::uri("alice"));
  world.run(1s);
  EXPECT_TRUE(bob.was_challenged) << "the new connection proves nothing";
  EXPECT_TRUE(bob.talking());
}

TEST_F(EdgeTcp, RegistrationsOfConnectionsAreNotKeptAcrossARestart) {
  const Bytes kept = far.edge->registrations(world.now);
  far.restart();
  ASSERT_TRUE(far.edge->restore_registrations(world.now, kept));
  EXPECT_TRUE(far.edge->registered_users().empty());
}

}  // namespace
}  // namespace muster::sip
