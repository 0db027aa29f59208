// SPDX-License-Identifier: Apache-2.0
#include "security/kit.hpp"

#include <gtest/gtest.h>

#include "security/digest_verifier.hpp"
#include "tests/security/pki_fixture.hpp"

namespace muster::security {
namespace {

class KitTest : public testing::Test {
 protected:
  Kit make() {
    const auto node = authority_.node("host-1");
    const auto other = authority_.node("host-2");
    const auto alice = authority_.user("alice", {"host-1"});
    const auto verifier = digest_verifier("alice", "drill.example", "password");
    return {.overlay = "drill.example",
            .root_der = authority_.root(),
            .discovery_key = authority_.key(),
            .epoch = 3,
            .node_name = "host-1",
            .node_certificate_der = node.der,
            .ed25519_private = node.ed25519_private,
            .x25519_private = node.x25519_private,
            .roster = {node.der, other.der, alice.der},
            .home_users = {{"sip:alice@drill.example", alice.der, alice.ed25519_private,
                            verifier.ha1_md5, verifier.ha1_sha256}}};
  }

  test::TestAuthority authority_;
};

TEST_F(KitTest, RoundTripsThroughItsEncoding) {
  const Kit kit = make();
  const auto read = decode_kit(encode_kit(kit));
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(encode_kit(*read), encode_kit(kit));
  EXPECT_EQ(read->discovery_key, kit.discovery_key);
  EXPECT_EQ(read->epoch, 3U);
  EXPECT_EQ(read->roster, kit.roster);
  EXPECT_EQ(read->home_users.at(0).ha1_sha256, kit.home_users.at(0).ha1_sha256);
}

TEST_F(KitTest, ThatFitsTogetherIsAccepted) {
  const auto checked = check_kit(make());
  EXPECT_TRUE(checked) << checked.error().sentence;
}

TEST_F(KitTest, GivesATrustStoreThatKnowsTheRoster) {
  const Kit kit = make();
  const TrustStore trust = trust_store_of(kit);
  EXPECT_EQ(trust.nodes().size(), 2U);
  EXPECT_TRUE(trust.user("sip:alice@drill.example"));
  EXPECT_EQ(trust.known(node_id_of(kit))->name, "host-1");
}

TEST_F(KitTest, WithKeysOfAnotherNodeIsRefused) {
  Kit kit = make();
  kit.x25519_private = authority_.key();
  EXPECT_FALSE(check_kit(kit));
  kit = make();
  kit.ed25519_private = authority_.key();
  EXPECT_FALSE(check_kit(kit));
}

TEST_F(KitTest, WithAUserWhoIsNotAtHomeHereIsRefused) {
  Kit kit = make();
  const auto bob = authority_.user("bob", {"host-2"});
  kit.home_users.push_back({"sip:bob@drill.example", bob.der, bob.ed25519_private,
                            kit.home_users[0].ha1_md5, kit.home_users[0].ha1_sha256});
  const auto checked = check_kit(kit);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().sentence, testing::HasSubstr("no home of user sip:bob"));
}

TEST_F(KitTest, WithARootOfAnotherOverlayIsRefused) {
  Kit kit = make();
  kit.overlay = "other.example";
  EXPECT_FALSE(check_kit(kit));
}

TEST_F(KitTest, DamagedOrOfAnotherVersionIsRefused) {
  EXPECT_FALSE(decode_kit({}));
  EXPECT_FALSE(decode_kit(as_bytes("no kit at all")));
  Bytes newer = encode_kit(make());
  ASSERT_EQ(newer[0], 0x08);  // field 1, the version
  newer[1] = 2;
  EXPECT_FALSE(decode_kit(newer));
}

TEST_F(KitTest, ReaderSurvivesEveryTruncationAndManyCorruptions) {
  const Bytes bytes = encode_kit(make());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = decode_kit(BytesView{bytes}.first(size));
    EXPECT_FALSE(read && check_kit(*read) && encode_kit(*read) == bytes) << size;
  }
  constexpr std::uint64_t seed = 11;
  SeededRandom random{seed};
  for (int round = 0; round < 500; ++round) {
    Bytes damaged = bytes;
    damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.next());
    if (const auto read = decode_kit(damaged)) static_cast<void>(check_kit(*read));
  }
}

}  // namespace
}  // namespace muster::security
