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

struct SharedRoster : ::testing::Test {
  test::TestAuthority authority;
  test::TestAuthority::Node node = authority.node("host-1");
  test::TestAuthority::User user = authority.user("alice", {"host-1"});

  [[nodiscard]] std::shared_ptr<const TrustStore> roster() const {
    auto all = std::make_shared<TrustStore>(authority.root(), authority.overlay());
    EXPECT_TRUE(all->add(node.der));
    EXPECT_TRUE(all->add(user.der));
    return all;
  }
  [[nodiscard]] TrustStore store() const {
    return TrustStore{authority.root(), authority.overlay(), {}, nullptr, nullptr, roster()};
  }
};

TEST_F(SharedRoster, IsKnownToEachStoreThatHasIt) {
  const TrustStore trust = store();
  const NodeId id = node_id_of(ed25519_public(node.ed25519_private));
  EXPECT_EQ(trust.known(id)->name, "host-1");
  EXPECT_EQ(trust.node("host-1")->id, id);
  EXPECT_EQ(trust.known(certificate_hash_of(node.der))->id, id);
  EXPECT_TRUE(trust.user("sip:alice@drill.example"));
  EXPECT_TRUE(std::ranges::equal(trust.certificate(certificate_hash_of(user.der)), user.der));
  EXPECT_EQ(trust.nodes().size(), 1U);
  EXPECT_EQ(trust.node_count(), 1U);
  EXPECT_EQ(trust.users().size(), 1U);
}

TEST_F(SharedRoster, GivesWayToNewerCertificates) {
  TrustStore trust = store();
  const NodeId before = node_id_of(ed25519_public(node.ed25519_private));
  const auto newer = authority.node("host-1");
  const auto newer_user = authority.user("alice", {"host-2"});
  ASSERT_TRUE(trust.add(newer.der));
  ASSERT_TRUE(trust.add(newer_user.der));
  const NodeId now = node_id_of(ed25519_public(newer.ed25519_private));
  EXPECT_FALSE(trust.known(before));
  EXPECT_EQ(trust.node("host-1")->id, now);
  EXPECT_EQ(trust.node_count(), 1U);
  EXPECT_EQ(trust.nodes().size(), 1U);
  EXPECT_TRUE(trust.user("sip:alice@drill.example")->has_home("host-2"));
  EXPECT_EQ(trust.users().size(), 1U);
  // What the roster knew is refused now, as it would be where it had been shown here.
  EXPECT_FALSE(trust.verify(node.der));
  EXPECT_FALSE(trust.verify_user(user.der));
}

TEST_F(SharedRoster, IsNothingToAStoreOfAnotherRoot) {
  test::TestAuthority other{"drill.example", 2};
  const TrustStore trust{other.root(), other.overlay(), {}, nullptr, nullptr, roster()};
  EXPECT_FALSE(trust.node("host-1"));
  EXPECT_EQ(trust.node_count(), 0U);
}

struct Clock final : ports::WallClock {
  [[nodiscard]] std::int64_t unix_s() const override { return shows; }
  std::int64_t shows = 0;
};

TEST(TrustStore, CountsCertificatesThatAreOutOfDateAndRefusesNone) {
  test::TestAuthority authority;
  const auto [from, to] = authority.validity_;
  const auto expired_when = [&](std::int64_t now) {
    Clock clock;
    clock.shows = now;
    TrustStore trust{authority.root(), authority.overlay(), {}, nullptr, &clock};
    EXPECT_TRUE(trust.verify(authority.node("host-1").der));
    EXPECT_TRUE(trust.verify_user(authority.user("alice").der));
    EXPECT_EQ(trust.counters().verified, 2U);
    return trust.counters().out_of_date;
  };
  EXPECT_EQ(expired_when(from), 0U);
  EXPECT_EQ(expired_when(to), 0U);
  EXPECT_EQ(expired_when(to + 1), 2U);
  EXPECT_EQ(expired_when(from - 1), 2U);
  EXPECT_EQ(expired_when(0), 2U);
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

/// A certificate that is properly signed, but says something that the profile forbids.
struct Forgery {
  const char* name;
  std::string from;
  std::string to;
};

class TrustStoreForgery : public testing::TestWithParam<Forgery> {};

TEST_P(TrustStoreForgery, IsRefusedThoughTheRootSignedIt) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto bytes = [](const std::string& hex_or_text) {
    return from_hex(hex_or_text).value_or(to_bytes(hex_or_text));
  };
  const Bytes forged =
      authority.forged(authority.node("host-1").der, bytes(GetParam().from), bytes(GetParam().to));
  EXPECT_FALSE(trust.verify(forged));
  EXPECT_FALSE(trust.verify_user(forged));
}

INSTANTIATE_TEST_SUITE_P(
    Profile, TrustStoreForgery,
    testing::Values(
        Forgery{"UriOfAnotherNode", "sip:host-1.", "sip:host-2."},
        Forgery{"UriOfAUser", "sip:host-1.drill", "sip:host-1@drill"},
        Forgery{"UriOfAnotherScheme", "sip:host-1.", "sap:host-1."},
        Forgery{"DnsNameInsteadOfUri", "861873", "821873"},
        Forgery{"ZeroOctetInUri", "sip:host-1.drill", std::string("sip:host-1") + '\0' + "drill"},
        Forgery{"UnknownCriticalExtension", "0603551d0f", "0603551d7f"},
        Forgery{"MayPretendToSignCertificates", "03020780", "03020204"},
        Forgery{"OtherLengthOfNodeId", "30340410", "30340411"},
        Forgery{"VersionOne", "a003020102", "a003020100"},
        Forgery{"NegativeSerial", "a0030201020201023005", "a0030201020201823005"},
        Forgery{"X25519KeyInsteadOfEd25519", "300506032b65700321", "300506032b656e0321"}),
    [](const auto& forgery) { return std::string{forgery.param.name}; });

TEST(TrustStore, KnowsAUserByTheShortNameOfThePresentCertificateAlone) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto before = certificate_ref(trust.verify_user(authority.user("alice").der)->certificate);
  EXPECT_EQ(trust.user(before)->aor, "sip:alice@drill.example");
  const auto after = certificate_ref(trust.verify_user(authority.user("alice").der)->certificate);
  EXPECT_FALSE(trust.user(before));
  EXPECT_EQ(trust.user(after)->aor, "sip:alice@drill.example");
}

TEST(TrustStore, BelievesTheRootWhenAForgeryOfTheTestKeepsToTheProfile) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto node = authority.node("host-1");
  const auto x25519 = x25519_public(node.x25519_private);
  Bytes other = to_bytes(x25519);
  other[0] ^= 1;
  EXPECT_TRUE(trust.verify(authority.forged(node.der, to_bytes(x25519), other)));
}

TEST(TrustStore, RefusesANodeIdThatIsNotOfTheKey) {
  test::TestAuthority authority;
  TrustStore trust{authority.root(), authority.overlay()};
  const auto node = authority.node("host-1");
  const Bytes id = to_bytes(node_id_of(ed25519_public(node.ed25519_private)).view());
  Bytes other = id;
  other[15] ^= 1;
  EXPECT_FALSE(trust.verify(authority.forged(node.der, id, other)));
}

}  // namespace
}  // namespace muster::security
