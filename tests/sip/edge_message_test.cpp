// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sip/parser.hpp"
#include "tests/support/sip_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::SipPhone;
using test::SipWorld;
using Texts = std::vector<std::string>;
using OutcomeKind = Edge::StoredOutcome::Kind;

/// Two nodes; alice's phone at the near one, bob's at the far one.
class EdgeMessage : public ::testing::Test {
 protected:
  SipWorld world;
  SipWorld::Node& near = world.add_node();
  SipWorld::Node& far = world.add_node();
  SipPhone& alice = world.add_registered_phone(near, "alice");
  SipPhone& bob = world.add_registered_phone(far, "bob");

  void send(const std::string& text) { alice.message(world.now, SipWorld::uri("bob"), text); }
};

TEST_F(EdgeMessage, IsAnswered200WhenTheFarPhoneAnswersInTime) {
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 200u);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  EXPECT_TRUE(near.stored.kept.empty());
  EXPECT_TRUE(near.reported(Event::Kind::message_delivered));
}

TEST_F(EdgeMessage, IsShownOnceWhenANodeThatRestartedAsksItsPhoneForCredentials) {
  send("hello");
  world.run(60ms);
  ASSERT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(alice.status_of("MESSAGE"), 0u);
  near.restart();  // knows no registration; the phone sends again, and then with another CSeq
  alice.was_challenged = false;
  world.run(10s);
  EXPECT_TRUE(alice.was_challenged);
  EXPECT_EQ(alice.status_of("MESSAGE"), 200u);
  EXPECT_EQ(bob.messages.size(), 1u);
  alice.message(world.now, SipWorld::uri("bob"), "hello");
  world.run(1s);
  EXPECT_EQ(bob.shown, (Texts{"hello", "hello"})) << "the same words said again";
}

TEST_F(EdgeMessage, IsKeptAndShownUnderItsFirstNumberWhenItsPhoneHadToProveItself) {
  world.partition({1});
  near.restart();
  send("hello");
  world.run(10s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
  ASSERT_EQ(near.stored.kept.size(), 1u);
  const auto kept = parse(near.stored.kept[0].request);
  world.partition({});
  world.attempt_stored(near);
  world.run(5s);
  ASSERT_EQ(bob.messages.size(), 1u);
  EXPECT_EQ(bob.messages[0].cseq().number, kept->cseq().number);
  EXPECT_EQ(kept->cseq().number, 3u) << "after the two of its registration, not the number after";
}

TEST_F(EdgeMessage, IsStoredAtOnceWhenThereIsNoRoute) {
  world.partition({1});
  send("hello");
  world.run(100ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
  ASSERT_EQ(near.stored.kept.size(), 1u);
  EXPECT_EQ(near.stored.kept[0].from, "alice@drill.example");
  EXPECT_EQ(near.stored.kept[0].to, "bob@drill.example");
  EXPECT_TRUE(near.reported(Event::Kind::message_stored));
}

TEST_F(EdgeMessage, IsStoredAfterFourSecondsWithoutAnswer) {
  bob.script.silent = true;
  send("hello");
  world.run(3900ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 0u);
  world.run(200ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
  EXPECT_EQ(near.stored.kept.size(), 1u);
}

TEST_F(EdgeMessage, IsStoredForAUserWithoutPhone) {
  world.add_phone(far, "carol");
  alice.message(world.now, SipWorld::uri("carol"), "hello");
  world.run(100ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
}

TEST_F(EdgeMessage, IsRefusedForAUserWhoDoesNotExist) {
  alice.message(world.now, SipWorld::uri("nobody"), "hello");
  world.run(100ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 404u);
  EXPECT_TRUE(near.stored.kept.empty());
}

TEST_F(EdgeMessage, PassesOnARealRefusal) {
  bob.script.message_status = 415;
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 415u);
  EXPECT_TRUE(near.stored.kept.empty());
}

TEST_F(EdgeMessage, IsStoredWhenTheFarPhoneIsTemporarilyUnavailable) {
  bob.script.message_status = 480;
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
}

TEST_F(EdgeMessage, QueuesBehindThoseThatWait) {
  world.partition({1});
  send("first");
  world.run(1s);
  world.partition({});
  send("second");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
  EXPECT_TRUE(bob.shown.empty());
  ASSERT_EQ(near.stored.kept.size(), 2u);
  world.attempt_stored(near);
  world.run(1s);
  EXPECT_EQ(bob.shown, (Texts{"first", "second"}));
}

TEST_F(EdgeMessage, IsStoredBehindAnEarlierOneThatStillWaitedForItsAnswer) {
  world.partition({1});
  world.claimed_reachable = true;
  send("first");
  world.run(1s);
  world.claimed_reachable = false;  // now the router knows
  send("second");
  world.run(1s);
  ASSERT_EQ(near.stored.kept.size(), 2u);
  EXPECT_EQ(parse(near.stored.kept[0].request)->body, "first");
  EXPECT_EQ(parse(near.stored.kept[1].request)->body, "second");
}

TEST_F(EdgeMessage, IsDeliveredFromTheStore) {
  world.partition({1});
  send("hello");
  world.run(1s);
  world.partition({});
  world.attempt_stored(near);
  world.run(1s);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::delivered);
}

TEST_F(EdgeMessage, IsReportedUnreachableByAnAttemptWithoutRoute) {
  world.partition({1});
  send("hello");
  world.run(1s);
  world.attempt_stored(near);
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::unreachable);
}

TEST_F(EdgeMessage, IsReportedRejectedWhenThePhoneRefusesTheAttempt) {
  world.partition({1});
  send("hello");
  world.run(1s);
  world.partition({});
  bob.script.message_status = 415;
  world.attempt_stored(near);
  world.run(1s);
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::rejected);
  EXPECT_EQ(near.outcomes[0].status, 415);
}

TEST_F(EdgeMessage, IsShownOnceThoughTheAnswerWasLostAndItIsSentAgain) {
  world.mesh_delay = 2500ms;  // there and back takes longer than the sender waits
  send("hello");
  world.run(4500ms);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  world.attempt_stored(near);
  world.run(10s);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::delivered);
}

TEST_F(EdgeMessage, SaysThatAKeptMessageWasDeliveredAfterAll) {
  world.mesh_delay = 2500ms;
  send("hello");
  world.run(10s);
  ASSERT_EQ(near.kept_delivered.size(), 1u);
  EXPECT_EQ(near.kept_delivered[0].identity, near.stored.kept.at(0).identity);
}

TEST_F(EdgeMessage, IsShownOnceThoughBothEdgesRestartBeforeItIsSentAgain) {
  world.mesh_delay = 2500ms;
  send("hello");
  world.run(4500ms);
  near.restart();
  far.restart();
  alice.register_at(world.now);
  bob.register_at(world.now);
  world.run(6s);
  world.attempt_stored(near);
  world.run(10s);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::delivered);
}

TEST_F(EdgeMessage, JoinsACopyThatIsUnderWayToThePhone) {
  bob.script.silent = true;
  send("hello");
  world.run(5s);
  ASSERT_EQ(near.stored.kept.size(), 1u);
  world.attempt_stored(near);  // while the first try still runs
  world.run(1s);
  bob.script.silent = false;
  world.run(10s);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(near.outcomes.size(), 1u);
  EXPECT_EQ(near.outcomes[0].kind, OutcomeKind::delivered);
}

TEST_F(EdgeMessage, IsRefusedClearlyWhenTheStoreIsFull) {
  near.stored.quota = 0;
  world.partition({1});
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 480u);
}

TEST_F(EdgeMessage, IsRefusedWhenItCannotBeStored) {
  near.stored.broken = true;
  world.partition({1});
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 500u);
}

TEST_F(EdgeMessage, WaitsForALateAnswerWhenTheStoreIsFull) {
  near.stored.quota = 0;
  world.mesh_delay = 2500ms;
  send("hello");
  world.run(6s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 200u);
}

TEST_F(EdgeMessage, GoesToAPhoneOfTheSameNode) {
  SipPhone& carol = world.add_registered_phone(near, "carol");
  alice.message(world.now, SipWorld::uri("carol"), "hello");
  world.run(1s);
  EXPECT_EQ(carol.shown, Texts{"hello"});
  EXPECT_EQ(alice.status_of("MESSAGE"), 200u);
}

TEST_F(EdgeMessage, IsStoredWhenTheDirectoryListsABindingThatIsGone) {
  far.restart();  // bob's phone has not registered again yet
  world.stale.emplace_back("bob@drill.example", test::node_id(2));
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 202u);
}

TEST_F(EdgeMessage, IsRefusedFromANodeThatMayNotSpeakForTheSender) {
  auto& third = world.add_node();
  world.homes["alice@drill.example"].insert(3);
  SipPhone& second = world.add_phone(third, "alice");
  second.register_at(world.now);
  world.run(1s);
  world.homes["alice@drill.example"] = {1};
  second.message(world.now, SipWorld::uri("bob"), "it is not me");
  world.run(1s);
  EXPECT_TRUE(bob.shown.empty());
  EXPECT_EQ(far.edge->counters().impersonations, 1u);
}

TEST_F(EdgeMessage, TooLargeToBeKeptIsRefusedWith513) {
  near.stored.request_bytes_max = 100;
  world.partition({1});
  send("hello");
  world.run(1s);
  EXPECT_EQ(alice.status_of("MESSAGE"), 513u);
}

/// What the near edge has kept comes to the far one sealed.
class SealedEdgeMessage : public EdgeMessage {
 protected:
  SealedEdgeMessage() {
    world.partition({1});
    send("hello");
    world.run(1s);
  }
  void show(std::uint64_t number, const std::string& sender = "alice",
            const std::string& recipient = "bob") {
    world.show(far, number, sender, recipient, near.stored.kept.at(0).request);
    world.run(1s);
  }
};

TEST_F(SealedEdgeMessage, IsShownAndSaidToBeSo) {
  show(7);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(far.shown.size(), 1u);
  EXPECT_EQ(far.shown[0].number, 7u);
  EXPECT_EQ(far.shown[0].kind, OutcomeKind::delivered);
  EXPECT_EQ(far.shown[0].identity, near.stored.kept.at(0).identity);
}

TEST_F(SealedEdgeMessage, IsNotShownTwiceAndStillSaidToBeDelivered) {
  show(1);
  far.restart();
  bob.register_at(world.now);
  world.run(1s);
  show(2);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  ASSERT_EQ(far.shown.size(), 2u);
  EXPECT_EQ(far.shown[1].kind, OutcomeKind::delivered);
}

TEST_F(SealedEdgeMessage, HasTheIdentifiersItWasWrittenWith) {
  show(1);
  const auto kept = parse(near.stored.kept.at(0).request);
  ASSERT_EQ(bob.messages.size(), 1u);
  for (const char* name : {"From", "To", "Call-ID", "CSeq"}) {
    EXPECT_EQ(bob.messages[0].header(name), kept->header(name)) << name;
  }
}

TEST_F(SealedEdgeMessage, IsShownAtThisNodeAlone) {
  SipPhone& second = world.add_registered_phone(world.add_node(), "bob");
  show(1);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  EXPECT_TRUE(second.shown.empty());
}

TEST_F(SealedEdgeMessage, IsNotShownUnderAnotherName) {
  show(1, "carol");
  show(2, "alice", "carol");
  world.show(far, 3, "alice", "bob", as_bytes("no SIP at all"));
  world.run(1s);
  EXPECT_TRUE(bob.shown.empty());
  ASSERT_EQ(far.shown.size(), 3u);
  for (const auto& shown : far.shown) {
    EXPECT_EQ(shown.kind, OutcomeKind::rejected);
    EXPECT_TRUE(shown.identity.empty());
  }
  EXPECT_EQ(far.edge->counters().malformed, 3u);
}

TEST_F(SealedEdgeMessage, WaitsForAPhoneThatIsNotThere) {
  far.restart();
  show(1);
  ASSERT_EQ(far.shown.size(), 1u);
  EXPECT_EQ(far.shown[0].kind, OutcomeKind::unreachable);
  EXPECT_EQ(far.shown[0].status, 480);
}

TEST_F(SealedEdgeMessage, ThatComesTwiceAtOnceIsShownOnce) {
  world.show(far, 1, "alice", "bob", near.stored.kept.at(0).request);
  world.show(far, 2, "alice", "bob", near.stored.kept.at(0).request);
  world.run(1s);
  EXPECT_EQ(bob.shown, Texts{"hello"});
  EXPECT_EQ(far.shown.size(), 2u);
}

class LossyEdgeMessage : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LossyEdgeMessage, EveryMessageIsShownExactlyOnceThroughLossAndPartition) {
  SCOPED_TRACE(GetParam());
  SipWorld world(GetParam());
  auto& near = world.add_node();
  auto& far = world.add_node();
  auto& alice = world.add_registered_phone(near, "alice");
  auto& bob = world.add_registered_phone(far, "bob");
  world.udp_loss = 0.3;
  Texts sent;
  for (int i = 0; i < 10; ++i) {
    world.partition(i % 4 == 2 ? std::set<unsigned>{1} : std::set<unsigned>{});
    sent.push_back("message " + std::to_string(i));
    alice.message(world.now, SipWorld::uri("bob"), sent.back());
    world.run(40s);
  }
  world.partition({});
  for (int round = 0; round < 5; ++round) {
    world.attempt_stored(near);
    world.run(40s);
  }
  std::sort(bob.shown.begin(), bob.shown.end());
  EXPECT_EQ(bob.shown, sent);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyEdgeMessage, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace muster::sip
