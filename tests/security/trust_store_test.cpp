// SPDX-License-Identifier: Apache-2.0
#include "security/trust_store.hpp"

#include <gtest/gtest.h>

#include "tests/security/pki_fixture.hpp"

namespace muster::security {
namespace {

TEST(TrustStore, VerifiesANodeOfItsOverlayAndKnowsItFromThenOn) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto node = authority.node("host-1");
  const NodeId id = node_id_of(ed25519_public(node.ed25519_private));
  EXPECT_FALSE(trust.known(id));
  const auto verified = trust.verify(node.der);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->id, id);
  EXPECT_EQ(verified->x25519, x25519_public(node.x25519_private));
  EXPECT_EQ(trust.known(id)->name, "host-1");
  EXPECT_EQ(trust.known(certificate_hash_of(node.der))->id, id);
  EXPECT_EQ(trust.node("host-1")->id, id);
  EXPECT_TRUE(std::ranges::equal(trust.certificate(verified->certificate), node.der));
}

TEST(TrustStore, VerifiesAUserAndNamesTheHomes) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto alice = trust.verify_user(authority.user("alice", {"host-1"}).der);
  ASSERT_TRUE(alice);
  EXPECT_EQ(alice->aor, "sip:alice@drill.example");
  EXPECT_TRUE(alice->has_home("host-1"));
  EXPECT_FALSE(alice->has_home("host-2"));
  ASSERT_TRUE(trust.user("sip:alice@drill.example"));
  EXPECT_EQ(trust.users().size(), 1U);
}

TEST(TrustStore, RefusesAnotherOverlay) {
  test::TestAuthority authority;
  test::TestAuthority other{"other.example", 2};
  TrustStore trust{authority.root(), authority.overlay()};
  EXPECT_FALSE(trust.verify(other.node("host-1").der));
  EXPECT_EQ(trust.counters().refused, 1U);
}

TEST(TrustStore, RefusesARootThatOnlyHasTheSameName) {
  test::TestAuthority authority{"drill.example", 1};
  test::TestAuthority impostor{"drill.example", 2};
  TrustStore trust{authority.root(), authority.overlay()};
  EXPECT_FALSE(trust.verify(impostor.node("host-1").der));
  EXPECT_FALSE(trust.verify_user(impostor.user("alice").der));
  const auto added = trust.add(impostor.user("alice").der);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().sentence, testing::HasSubstr("not signed by this overlay's root"));
}

TEST(TrustStore, RefusesACertificateWhoseSignatureOrContentsWereChanged) {
  test::TestAuthority authority;
  const auto node = authority.node("host-1");
  for (std::size_t at = 0; at < node.der.size(); ++at) {
    TrustStore trust{authority.root(), authority.overlay()};
    Bytes changed = node.der;
    changed[at] ^= 1;
    EXPECT_FALSE(trust.verify(changed)) << "octet " << at;
  }
}

TEST(TrustStore, RefusesACertificateSignedByANode) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto node = authority.node("host-1");
  ASSERT_TRUE(trust.verify(node.der));
  EXPECT_FALSE(issue_node({node.der, node.ed25519_private}, 99,
                          {"host-9", authority.key(), authority.key()}, authority.validity_));
}

TEST(TrustStore, DoesNotTakeAUserForANodeNorTheRootForEither) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  EXPECT_FALSE(trust.verify(authority.user("alice").der));
  EXPECT_FALSE(trust.verify_user(authority.node("host-1").der));
  EXPECT_FALSE(trust.verify(authority.root()));
  EXPECT_FALSE(trust.add(authority.root()));
}

TEST(TrustStore, LooksAtNoDates) {
  test::TestAuthority authority;
  authority.validity_ = {1, 2};  // over since 1970
  TrustStore trust{authority.root(), authority.overlay()};
  EXPECT_TRUE(trust.verify(authority.node("host-1").der));
}

TEST(TrustStore, RefusesTheOlderOnceANewerCertificateForTheNameIsKnown) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto lost = authority.node("host-1");
  const auto replacement = authority.node("host-1");
  ASSERT_TRUE(trust.verify(lost.der));
  ASSERT_TRUE(trust.verify(replacement.der));
  EXPECT_FALSE(trust.verify(lost.der));
  EXPECT_FALSE(trust.known(certificate_hash_of(lost.der)));
  EXPECT_FALSE(trust.known(node_id_of(ed25519_public(lost.ed25519_private))));
  EXPECT_EQ(trust.node("host-1")->certificate, certificate_hash_of(replacement.der));
}

TEST(TrustStore, TakesNewHomesOfAUserAndNotTheOldAgain) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto before = authority.user("alice", {"host-1"});
  const auto after = authority.user("alice", {"host-2"});
  ASSERT_TRUE(trust.verify_user(after.der));
  EXPECT_FALSE(trust.verify_user(before.der));
  EXPECT_TRUE(trust.user("sip:alice@drill.example")->has_home("host-2"));
}

TEST(TrustStore, KeepsNoMoreThanItsLimitsButStillVerifies) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay(), {.nodes_max = 1, .users_max = 1}};
  EXPECT_TRUE(trust.verify(authority.node("host-1").der));
  EXPECT_TRUE(trust.verify(authority.node("host-2").der));
  EXPECT_TRUE(trust.verify_user(authority.user("alice").der));
  EXPECT_TRUE(trust.verify_user(authority.user("bob").der));
  EXPECT_EQ(trust.nodes().size(), 1U);
  EXPECT_EQ(trust.users().size(), 1U);
  EXPECT_EQ(trust.counters().not_kept, 2U);
}

TEST(TrustStore, WithoutAProperRootRefusesEverybody) {
  test::TestAuthority authority;
  const auto node = authority.node("host-1");
  TrustStore nothing{Bytes{1, 2, 3}, "drill.example"};
  TrustStore leaf{node.der, "drill.example"};
  TrustStore other{authority.root(), "other.example"};
  for (auto* trust : {&nothing, &leaf, &other}) {
    EXPECT_FALSE(trust->usable());
    EXPECT_FALSE(trust->verify(node.der));
  }
}

}  // namespace
}  // namespace muster::security
