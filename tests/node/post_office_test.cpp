// SPDX-License-Identifier: Apache-2.0
#include "node/post_office.hpp"

#include "tests/node/post_world.hpp"

namespace muster::node {
namespace {

using namespace test;

TEST_F(Posting, ShowsTheMessageAndEndsWithItsReceipt) {
  settle();
  write("hello");
  phones_at({far.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
  EXPECT_EQ(near.office->counters().receipts, 1u);
}

TEST_F(Posting, Costs133OctetsMoreThanTheMessageAndAReceiptOf83) {
  settle();
  write("hello");
  phones_at({far.id});
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].size(), 5u + 133u);
  EXPECT_EQ(sent[1].size(), 83u);
}

TEST_F(Posting, TravelsWithThePrecedenceThatItsSenderAskedFor) {
  settle();
  write(
      "MESSAGE sip:bob@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
      "From: <sip:alice@drill.example>;tag=1\r\nTo: <sip:bob@drill.example>\r\nCall-ID: 1\r\n"
      "CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nResource-Priority: q735.flash\r\n"
      "Content-Length: 0\r\n\r\n");
  phones_at({far.id});
  ASSERT_EQ(precedences.size(), 2u);
  EXPECT_EQ(precedences[0], Precedence::flash);
  EXPECT_EQ(precedences[1], Precedence::routine);
}

TEST_F(Posting, SealsOnceForAllNodesOfTheRecipient) {
  Node& other = add(bob);
  settle();
  write("hello");
  phones_at({far.id, other.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(other.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed, 1u);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0].size(), 5u + 133u + 80u);
}

TEST_F(Posting, WaitsForThePrekeyWhenNoneIsKnown) {
  publishing = false;
  settle();
  write("hello");
  phones_at({far.id});
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(near.office->counters().waiting_for_prekey, 1u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  publishing = true;
  far.start();
  settle();
  near.outbox->recipient_reachable(now, bob);
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
}

TEST_F(Posting, SealsAgainForANodeThatHasLostItsKeys) {
  settle();
  write("hello");
  far.state = {};
  publishing = false;  // nobody hears of its new prekey but from itself
  far.start();
  phones_at({far.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(far.office->counters().unopenable, 1u);
  EXPECT_EQ(near.office->counters().sealed_again, 1u);
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, RemembersWhatANodeSaidOfItsPrekey) {
  settle();
  write("hello");
  far.state = {};
  far.phone_says = 480;
  publishing = false;
  far.start();
  phones_at({far.id});
  far.phone_says = 200;
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(far.office->counters().unopenable, 1u);
}

TEST_F(Posting, DoesNotSealAgainForWhoIsNotTheRecipient) {
  settle();
  write("hello");
  Node& stranger = add("carol@drill.example");
  directory.certificates.insert("carol@drill.example");
  far.phone_says = 0;
  phones_at({far.id});
  const auto name = security::sealed_message_id(BytesView{sent.at(0)}.subspan(1));
  SealAgain request{name, {9, security::x25519_public(key_of("x"))}, {}};
  request.signature =
      security::ed25519_sign(key_of("carol@drill.example"),
                             SealAgain::signed_octets(bob, stranger.id, name, request.prekey));
  near.office->receive(now, stranger.id, encode(request));
  settle();
  EXPECT_EQ(near.office->counters().forged, 1u);
  EXPECT_EQ(near.office->counters().sealed_again, 0u);
}

/// Whoever is asked to seal again is not made to do so for ever.
TEST_F(Posting, SealsAgainABoundedNumberOfTimes) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from != &near) return true;
    const auto name = security::sealed_message_id(BytesView{send.message}.subspan(1));
    const auto key = static_cast<std::uint8_t>(sent.size());
    SealAgain request{name, {key, security::x25519_public({1, key})}, {}};
    request.signature = security::ed25519_sign(
        key_of(bob), SealAgain::signed_octets(bob, far.id, name, request.prekey));
    near.office->receive(now, far.id, encode(request));
    return false;
  };
  phones_at({far.id});
  EXPECT_EQ(near.office->counters().sealed, 3u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
}

TEST_F(Posting, ShowsACopyOnceAndSendsAReceiptForEach) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send&) { return &from == &near; };
  phones_at({far.id});
  wait(61s);
  wait(5s);
  EXPECT_FALSE(delivered());
  on_the_way = nullptr;
  wait(120s);
  wait(5s);
  EXPECT_TRUE(delivered());
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed, 1u);
}

TEST_F(Posting, TakesAReceiptThatComesAfterTheOriginHasRestarted) {
  settle();
  write("hello");
  Bytes receipt;
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from == &far) receipt = send.message;
    return &from == &near;
  };
  phones_at({far.id});
  near.start();
  near.office->receive(now, far.id, receipt);
  settle();
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, BelievesNoReceiptButTheRecipients) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    if (&from == &far) send.message.back() ^= 1;
    return true;
  };
  phones_at({far.id});
  EXPECT_FALSE(delivered());
  EXPECT_EQ(near.office->counters().forged, 1u);
  EXPECT_EQ(near.office->counters().receipts, 0u);
}

TEST_F(Posting, BelievesNoReceiptOfAnotherMessage) {
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  Receipt receipt{*MessageIdentity::from_hex(identity), 200, {}};
  receipt.signature = security::ed25519_sign(
      key_of(bob), Receipt::signed_octets(alice, bob, id_of<MessageIdentity>(7), 200));
  near.office->receive(now, far.id, encode(receipt));
  EXPECT_EQ(near.office->counters().forged, 1u);
  receipt.identity = id_of<MessageIdentity>(7);
  near.office->receive(now, far.id, encode(receipt));
  EXPECT_EQ(near.office->counters().unmatched, 1u);
  EXPECT_FALSE(delivered());
}

TEST_F(Posting, DoesNotShowWhatItsSenderDidNotSign) {
  settle();
  const auto prekey = directory.prekeys.at(bob).at(0).prekey.public_key;
  const security::MessageSigner mallory{alice, certificate_of(alice),
                                        security::Secret32{key_of("mallory@drill.example")}};
  muster::test::SeededTestRandom random(1);
  const auto sealed = security::seal_message(mallory, bob, std::array<security::Key32, 1>{prekey},
                                             as_bytes("send money"), random);
  far.office->receive(now, near.id, encode(PostedMessage{*sealed}));
  settle();
  EXPECT_TRUE(far.shown.empty());
  EXPECT_EQ(far.office->counters().forged, 1u);
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, WaitsForTheSendersCertificate) {
  settle();
  directory.certificates.erase(alice);
  write("hello");
  phones_at({far.id});
  EXPECT_EQ(far.office->counters().unknown_senders, 1u);
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  directory.certificates.insert(alice);
  wait(5s);
  EXPECT_EQ(far.shown, Texts{"hello"});
}

TEST_F(Posting, IgnoresAMessageForNobodyHere) {
  Node& third = add("carol@drill.example");
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  third.office->receive(now, near.id, sent.at(0));
  EXPECT_EQ(third.office->counters().not_ours, 1u);
  EXPECT_FALSE(third.office->poll());
}

TEST_F(Posting, TriesAgainSoonWhenTheNodeIsLostOnTheWay) {
  settle();
  write("hello");
  far.phone_says = 0;
  phones_at({far.id});
  EXPECT_TRUE(ends.empty());
  near.office->node_lost(far.id);
  settle();
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
}

TEST_F(Posting, TriesAgainWhenDeliveryGaveUp) {
  settle();
  write("hello");
  on_the_way = [&](Node& from, PostOffice::Send& send) {
    from.office->gave_up(send.number);
    return false;
  };
  phones_at({far.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  on_the_way = nullptr;
  wait(5s);
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, IsRefusedForGoodWhenAllPhonesRefuseIt) {
  Node& other = add(bob);
  settle();
  write("hello");
  far.phone_says = 415;
  other.phone_says = 404;
  phones_at({far.id, other.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::rejected});
}

TEST_F(Posting, IsTriedAgainWhileSomePhoneMayTakeIt) {
  Node& other = add(bob);
  settle();
  write("hello");
  far.phone_says = 415;
  other.phone_says = 480;
  phones_at({far.id, other.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::unreachable});
  other.phone_says = 200;
  wait(5s);
  EXPECT_EQ(other.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
}

TEST_F(Posting, ShowsAtThisNodeToo) {
  phone_at_origin = true;
  settle();
  write("hello");
  phones_at({});
  EXPECT_EQ(near.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, LeavesToSipWhereTheRecipientIsAGuest) {
  settle();
  write("hello");
  phones_at({id_of<NodeId>(77)});
  EXPECT_EQ(near.by_sip.size(), 1u);
  EXPECT_TRUE(sent.empty());
}

TEST_F(Posting, PublishesThePrekeyOfAUserAtHomeEverywhereOnceHeIsThere) {
  far.everywhere = true;
  far.state = {};
  directory.prekeys.clear();
  far.start();
  settle();
  EXPECT_TRUE(directory.prekeys[bob].empty());
  far.office->user_arrived(now, bob);
  settle();
  EXPECT_EQ(directory.prekeys[bob].size(), 1u);
  far.office->user_arrived(now, "nobody@drill.example");
  EXPECT_FALSE(far.office->poll());
}

TEST_F(Posting, CountsWhatMakesNoSense) {
  near.office->receive(now, far.id, Bytes{1, 2, 3});
  near.office->receive(now, far.id, Bytes{9});
  near.office->receive(now, far.id, {});
  EXPECT_EQ(near.office->counters().malformed, 2u);
  EXPECT_EQ(near.office->counters().not_ours, 1u);
  near.office->shown(now, {999, Kind::delivered, 200, identity});
  near.office->gave_up(999);
  settle();
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace muster::node
