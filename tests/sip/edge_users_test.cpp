// SPDX-License-Identifier: Apache-2.0
// Several phones of one user at several edges, and what an edge remembers of its phones.
#include <gtest/gtest.h>

#include "tests/support/sip_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::SipPhone;
using test::SipWorld;

class EdgeUsers : public ::testing::Test {
 protected:
  SipWorld world;
  SipWorld::Node& near = world.add_node();
  SipWorld::Node& far = world.add_node();
  SipWorld::Node& farther = world.add_node();
  SipPhone& alice = world.add_registered_phone(near, "alice");

  void say_bye_to(const Message& success) {
    Message bye = alice.start("BYE", success.contacts().at(0).uri.str(), "sip:bob@drill.example");
    bye.set("From", std::string{*success.header("From")});
    bye.set("To", std::string{*success.header("To")});
    bye.set("Call-ID", success.call_id());
    std::vector<std::string> routes;
    for (const auto value : success.headers("Record-Route")) routes.emplace_back(value);
    std::reverse(routes.begin(), routes.end());
    for (auto& value : routes) bye.add("Route", std::move(value));
    alice.send(world.now, std::move(bye));
  }
};

TEST_F(EdgeUsers, TheCallWithTheFirstToAnswerOutlivesTheByeToTheSecond) {
  SipPhone& first = world.add_registered_phone(far, "bob");
  SipPhone& second = world.add_registered_phone(farther, "bob");
  // Within the time that the CANCEL takes: both have picked up.
  first.script.answer_after = 200ms;
  second.script.answer_after = 220ms;
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(2s);
  ASSERT_EQ(alice.successes.size(), 2u);
  EXPECT_TRUE(first.talking());
  EXPECT_TRUE(second.talking());
  say_bye_to(alice.successes[1]);
  world.run(1s);
  EXPECT_EQ(second.byes, 1u);
  EXPECT_EQ(near.edge->calls(), 1u);
  EXPECT_FALSE(near.sockets.open.empty()) << "the first still hears alice";
  say_bye_to(alice.successes[0]);
  world.run(1s);
  EXPECT_EQ(first.byes, 1u);
  EXPECT_EQ(near.edge->calls(), 0u);
}

TEST_F(EdgeUsers, ARestartedEdgeKnowsItsPhones) {
  SipPhone& bob = world.add_registered_phone(far, "bob");
  const Bytes kept = far.edge->registrations(world.now);
  far.restart();
  ASSERT_TRUE(far.edge->restore_registrations(world.now, kept));
  world.run(1s);
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_TRUE(bob.talking());
}

TEST_F(EdgeUsers, ARestartedEdgeForgetsPhonesOfUsersWhoAreNoLongerAtHome) {
  world.add_registered_phone(far, "bob");
  const Bytes kept = far.edge->registrations(world.now);
  far.restart();
  world.homes.erase("bob@drill.example");
  ASSERT_TRUE(far.edge->restore_registrations(world.now, kept));
  EXPECT_TRUE(far.edge->registered_users().empty());
}

TEST_F(EdgeUsers, ARestoredBindingEndsByWhatWasLeftOfItsTime) {
  SipPhone& bob = world.add_phone(far, "bob");
  bob.register_at(world.now, 120);
  world.run(60s);
  const Bytes kept = far.edge->registrations(world.now);
  far.restart();
  ASSERT_TRUE(far.edge->restore_registrations(world.now, kept));
  world.run(59s);
  EXPECT_EQ(far.edge->registered_users().size(), 1u);
  world.run(3s);
  EXPECT_TRUE(far.edge->registered_users().empty());
}

TEST_F(EdgeUsers, DamagedRegistrationsAreRefusedWhole) {
  world.add_registered_phone(far, "bob");
  const Bytes kept = far.edge->registrations(world.now);
  far.restart();
  for (std::size_t size = 0; size < kept.size(); ++size) {
    EXPECT_FALSE(far.edge->restore_registrations(world.now, BytesView{kept}.first(size)));
  }
  Bytes longer = kept;
  longer.push_back(0);
  EXPECT_FALSE(far.edge->restore_registrations(world.now, longer));
  EXPECT_TRUE(far.edge->registered_users().empty());
}

TEST_F(EdgeUsers, APhoneThatIsElsewhereSinceThenIsForgottenHere) {
  SipPhone& bob = world.add_phone(far, "bob");
  bob.script.instance = "urn:uuid:1";
  bob.register_at(world.now);
  world.run(1s);
  const auto phones = far.edge->phones("bob@drill.example");
  ASSERT_EQ(phones.size(), 1u);
  EXPECT_FALSE(far.edge->phone_elsewhere(world.now, "bob@drill.example", phones[0].instance,
                                         phones[0].registered_at));
  EXPECT_FALSE(
      far.edge->phone_elsewhere(world.now, "bob@drill.example", phones[0].instance + 1, world.now));
  EXPECT_TRUE(
      far.edge->phone_elsewhere(world.now, "bob@drill.example", phones[0].instance, world.now));
  EXPECT_TRUE(far.edge->registered_users().empty());
}

TEST_F(EdgeUsers, NamesOfPhonesDoNotTellWhichUsersShareOne) {
  for (const char* user : {"bob", "carol"}) {
    SipPhone& phone = world.add_phone(far, user);
    phone.script.instance = "urn:uuid:1";
    phone.register_at(world.now);
  }
  world.run(1s);
  const auto of_bob = far.edge->phones("bob@drill.example");
  const auto of_carol = far.edge->phones("carol@drill.example");
  ASSERT_EQ(of_bob.size() + of_carol.size(), 2u);
  EXPECT_NE(of_bob[0].instance, of_carol[0].instance);
}

}  // namespace
}  // namespace muster::sip
