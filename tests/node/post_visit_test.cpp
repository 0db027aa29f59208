// SPDX-License-Identifier: Apache-2.0
// Messages for a user whose phone is at a node that is not his home.
#include "tests/node/post_world.hpp"

namespace muster::node {
namespace {

using namespace test;

class PostOfVisitor : public Posting {
 protected:
  /// Bob, at home at `far`, has a phone here, and his home has vouched for the node.
  Node& visited = add("carol@drill.example");

  void visit() {
    settle();
    directory.visited[bob] = {visited.id};
    visited.office->user_arrived(now, bob);
    settle();
    sent.clear();
  }
  void end_visit() { directory.visited.clear(); }
  [[nodiscard]] bool has_prekey(const Node& node) const {
    const auto all = directory.prekeys.find(bob);
    return all != directory.prekeys.end() &&
           std::any_of(all->second.begin(), all->second.end(),
                       [&](const PrekeyAt& at) { return at.node == node.id; });
  }
  [[nodiscard]] Receipt receipt_signed_by(const security::Key32& key) const {
    Receipt receipt{MessageIdentity::from_hex(identity).value(), 200, {}};
    receipt.signature = security::ed25519_sign(
        key, Receipt::signed_octets(alice, bob, receipt.identity, receipt.status));
    return receipt;
  }
};

TEST_F(PostOfVisitor, AHomeSignsThePrekeyOfTheVisitedNode) {
  visit();
  EXPECT_TRUE(has_prekey(visited));
  EXPECT_EQ(far.office->counters().prekeys_signed, 1u);
}

TEST_F(PostOfVisitor, TheMessageIsSealedToTheVisitedNodeWhoseReceiptCounts) {
  visit();
  write("hello");
  phones_at({visited.id});
  EXPECT_EQ(visited.shown, Texts{"hello"});
  EXPECT_TRUE(near.by_sip.empty());
  EXPECT_TRUE(delivered());
  EXPECT_EQ(near.office->counters().receipts, 1u);
}

TEST_F(PostOfVisitor, OneMessageIsForHomeAndVisitedNodeAlike) {
  visit();
  write("hello");
  phones_at({far.id, visited.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_EQ(visited.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed, 1u);
}

TEST_F(PostOfVisitor, GoesBySipUntilThePrekeyIsSigned) {
  publishing = false;
  visit();
  write("hello");
  phones_at({visited.id});
  EXPECT_EQ(near.by_sip.size(), 1u);
}

TEST_F(PostOfVisitor, TheHomeIsAskedAgainWhenItWasOutOfReach) {
  directory.lost.insert(far.id);
  visit();
  EXPECT_FALSE(has_prekey(visited));
  directory.lost.clear();
  now += 30s;
  ASSERT_LE(*visited.office->deadline(), now);
  visited.office->advance(now);
  settle();
  EXPECT_TRUE(has_prekey(visited));
}

TEST_F(PostOfVisitor, NobodySignsForANodeThatNoHomeHasVouchedFor) {
  settle();
  const security::Prekey prekey{1, security::x25519_public(key_of("x"))};
  far.office->receive(now, visited.id, encode(SignPrekey{prekey, bob}));
  EXPECT_FALSE(far.office->poll());
  EXPECT_EQ(far.office->counters().not_ours, 1u);
  near.office->receive(now, visited.id, encode(SignPrekey{prekey, bob}));
  EXPECT_EQ(near.office->counters().not_ours, 1u) << "alice's node is no home of bob";
}

TEST_F(PostOfVisitor, AForgedSignatureUnderItsPrekeyIsNotPublished) {
  on_the_way = [](Node&, PostOffice::Send& send) {
    if (send.message[0] == 6) send.message[1 + 4 + 32] ^= 1;
    return true;
  };
  visit();
  EXPECT_FALSE(has_prekey(visited));
  EXPECT_EQ(visited.office->counters().forged, 1u);
}

TEST_F(PostOfVisitor, ASignatureForAPrekeyThatIsNotItsNewestIsLeft) {
  visit();
  const security::Prekey other{9, security::x25519_public(key_of("x"))};
  const auto signed_other = security::sign_user_prekey(key_of(bob), bob, visited.id, other);
  visited.office->receive(now, far.id, encode(PrekeySigned{signed_other, bob}));
  EXPECT_FALSE(visited.office->poll());
  EXPECT_EQ(visited.office->counters().unmatched, 1u);
}

TEST_F(PostOfVisitor, AReceiptOfANodeThatIsNotVisitedIsForged) {
  visit();
  write("hello");
  on_the_way = [](Node&, PostOffice::Send&) { return false; };
  phones_at({visited.id});
  Node& stranger = add("dave@drill.example");
  near.office->receive(now, stranger.id, encode(receipt_signed_by(key_of_node(stranger.id))));
  near.office->receive(now, stranger.id, encode(receipt_signed_by(key_of_node(visited.id))));
  settle();
  EXPECT_EQ(near.office->counters().forged, 2u);
  EXPECT_FALSE(delivered());
  end_visit();
  near.office->receive(now, visited.id, encode(receipt_signed_by(key_of_node(visited.id))));
  settle();
  EXPECT_EQ(near.office->counters().forged, 3u);
  EXPECT_FALSE(delivered());
}

TEST_F(PostOfVisitor, AVisitedNodeThatHasLostItsKeysIsSealedToAgain) {
  visit();
  write("hello");
  visited.state = {};
  publishing = false;
  visited.start();
  phones_at({visited.id});
  EXPECT_EQ(visited.shown, Texts{"hello"});
  EXPECT_EQ(near.office->counters().sealed_again, 1u);
  EXPECT_TRUE(delivered());
}

TEST_F(PostOfVisitor, WhatWasSealedToTheVisitedNodeOpensAfterItsRestart) {
  visit();
  write("hello");
  visited.start();
  phones_at({visited.id});
  EXPECT_EQ(visited.shown, Texts{"hello"});
  EXPECT_EQ(visited.office->counters().unopenable, 0u);
}

TEST_F(PostOfVisitor, TheEndOfTheVisitWithdrawsThePrekey) {
  visit();
  end_visit();
  now += 1h;
  visited.office->advance(now);
  settle();
  EXPECT_FALSE(has_prekey(visited));
  EXPECT_TRUE(has_prekey(far));
}

}  // namespace
}  // namespace muster::node
