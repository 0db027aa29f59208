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

/// Alice at home at `near`, bob at `far`; bob's phone is at `farther`, which is no home of his.
class EdgeVisit : public EdgeUsers {
 protected:
  EdgeVisit() {
    world.homes["bob@drill.example"] = {far.number};
    bob.register_at(world.now);
    world.run(2s);
  }
  SipPhone& bob = world.add_visitor(farther, "bob");
};

TEST_F(EdgeVisit, APhoneProvesToAHomeWhoItIsAndIsRegisteredWhereItIs) {
  EXPECT_EQ(bob.status_of("REGISTER"), 200u);
  EXPECT_TRUE(bob.was_challenged);
  EXPECT_TRUE(world.delegated.contains({"bob@drill.example", test::node_id(farther.number)}));
  EXPECT_TRUE(farther.registered.contains("bob@drill.example"));
  EXPECT_FALSE(far.registered.contains("bob@drill.example"));
  alice.invite(world.now, SipWorld::uri("bob"));
  world.run(1s);
  EXPECT_TRUE(bob.talking());
  bob.hang_up(world.now);
  world.run(1s);
  EXPECT_EQ(alice.byes, 1u);
}

TEST_F(EdgeVisit, ItCallsAndWritesFromThere) {
  bob.invite(world.now, SipWorld::uri("alice"));
  world.run(1s);
  EXPECT_TRUE(alice.talking());
  bob.message(world.now, SipWorld::uri("alice"), "here");
  world.run(1s);
  EXPECT_EQ(alice.shown, std::vector<std::string>{"here"});
}

TEST_F(EdgeVisit, AWrongPasswordIsNoProof) {
  world.delegated.clear();
  SipPhone& mallory = world.add_visitor(near, "bob", "guess");
  mallory.register_at(world.now);
  world.run(5s);
  EXPECT_EQ(mallory.status_of("REGISTER"), 401u);
  EXPECT_TRUE(world.delegated.empty());
  EXPECT_FALSE(near.registered.contains("bob@drill.example"));
}

TEST_F(EdgeVisit, ItStaysRegisteredWhileNoHomeIsReachableAndTheProofHolds) {
  world.partition({far.number});
  bob.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(bob.status_of("REGISTER"), 200u);
  world.delegated.clear();
  bob.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(bob.status_of("REGISTER"), 403u);
}

TEST_F(EdgeVisit, AnotherPhoneIsRefusedWhileNoHomeIsReachable) {
  world.partition({far.number});
  SipPhone& second = world.add_visitor(farther, "bob");
  second.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(second.status_of("REGISTER"), 403u);
  EXPECT_EQ(second.last_reason, "No Home Node Of This User Is Reachable");
}

/// guest-1 and guest-2 at home at `farther`, for whoever comes without a password.
class EdgeGuest : public EdgeUsers {
 protected:
  EdgeGuest() {
    farther.guests = {"guest-1", "guest-2"};
    farther.restart();
  }
  SipPhone& guest(const std::string& name) {
    SipPhone& phone = world.add_phone(farther, name);
    phone.register_at(world.now);
    world.run(1s);
    return phone;
  }
};

TEST_F(EdgeGuest, RegistersWithoutAPasswordAndIsReachedByItsName) {
  SipPhone& phone = guest("guest-1");
  EXPECT_EQ(phone.status_of("REGISTER"), 200u);
  EXPECT_FALSE(phone.was_challenged);
  alice.invite(world.now, SipWorld::uri("guest-1"));
  world.run(1s);
  EXPECT_TRUE(phone.talking());
  alice.hang_up(world.now);
  world.run(1s);
  phone.invite(world.now, SipWorld::uri("alice"));
  phone.message(world.now, SipWorld::uri("alice"), "someone fell here");
  world.run(1s);
  EXPECT_TRUE(alice.talking());
  EXPECT_EQ(alice.shown, std::vector<std::string>{"someone fell here"});
}

TEST_F(EdgeGuest, ANameInUseIsNotGivenToAnother) {
  guest("guest-1");
  SipPhone& second = guest("guest-1");
  EXPECT_EQ(second.status_of("REGISTER"), 403u);
  EXPECT_EQ(second.last_reason, "This Guest's Name Is Taken, guest-2 Is Free Here");
  guest("guest-2");
  SipPhone& third = guest("guest-2");
  EXPECT_EQ(third.last_reason, "This Guest's Name Is Taken");
}

TEST_F(EdgeGuest, SpeaksForNobodyElse) {
  guest("guest-1");
  world.homes["guest-2@drill.example"] = {farther.number};
  for (const char* name : {"guest-1", "guest-2"}) {  // another's, and one not registered as
    SipPhone& stranger = world.add_visitor(farther, name, "guess");
    stranger.invite(world.now, SipWorld::uri("alice"));
    world.run(2s);
    EXPECT_EQ(stranger.status_of("INVITE"), 407u) << name;
  }
  EXPECT_FALSE(alice.talking());
}

TEST_F(EdgeGuest, NeedsItsPasswordAtAnotherNode) {
  SipPhone& elsewhere = world.add_visitor(far, "guest-1", "guess");
  world.homes["guest-1@drill.example"] = {farther.number};
  elsewhere.register_at(world.now);
  world.run(5s);
  EXPECT_EQ(elsewhere.status_of("REGISTER"), 401u);
}

TEST_F(EdgeGuest, IsWhatAVisitorWithoutAHomeInReachIsOffered) {
  world.homes["bob@drill.example"] = {far.number};
  world.partition({far.number});
  SipPhone& bob = world.add_visitor(farther, "bob");
  bob.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(bob.status_of("REGISTER"), 403u);
  EXPECT_EQ(bob.last_reason, "No Home Node Of This User Is Reachable, guest-1 Is Free Here");
}

TEST_F(EdgeVisit, AHomeThatDoesNotAnswerIsSaidSo) {
  world.partition({far.number});
  world.claimed_reachable = true;
  SipPhone& second = world.add_visitor(farther, "bob");
  second.register_at(world.now);
  world.run(25s);
  EXPECT_EQ(second.status_of("REGISTER"), 408u);
  EXPECT_EQ(second.last_reason, "No Home Node Of This User Answers");
}

TEST_F(EdgeVisit, AFloodOfVisitorsDoesNotFloodTheMesh) {
  world.partition({far.number});
  world.claimed_reachable = true;
  std::vector<SipPhone*> visitors;
  for (int i = 0; i < 17; ++i) {
    visitors.push_back(&world.add_visitor(farther, "bob"));
    visitors.back()->register_at(world.now);
  }
  world.run(1s);
  EXPECT_EQ(visitors[15]->status_of("REGISTER"), 0u);
  EXPECT_EQ(visitors[16]->status_of("REGISTER"), 503u);
  EXPECT_EQ(visitors[16]->last_reason, "Too Many Visitors At Once");
  world.partition({});
  world.run(25s);
  visitors[16]->register_at(world.now);
  world.run(2s);
  EXPECT_EQ(visitors[16]->status_of("REGISTER"), 200u) << "the others have been given up";
}

TEST_F(EdgeVisit, AnUnknownUserIsNotFound) {
  SipPhone& nobody = world.add_visitor(near, "nobody");
  nobody.register_at(world.now);
  world.run(1s);
  EXPECT_EQ(nobody.status_of("REGISTER"), 404u);
}

TEST_F(EdgeVisit, ANodeThatIsNoHomeProvesNobody) {
  SipPhone& carol = world.add_phone(far, "carol");
  Message request = carol.start("REGISTER", "sip:drill.example", SipWorld::uri("carol"));
  request.prepend("Via", "SIP/2.0/MUSTER x;branch=z9hG4bKx");
  world.delegated.clear();
  near.edge->receive_node(world.now, test::node_id(3), request.serialise());
  world.run(1s);
  EXPECT_TRUE(world.delegated.empty());
  EXPECT_TRUE(near.reported(Event::Kind::refused));
}

}  // namespace
}  // namespace muster::sip
