// SPDX-License-Identifier: Apache-2.0
#include "security/certificate.hpp"

#include <gtest/gtest.h>

#include "security/certificate_extensions.hpp"
#include "tests/security/pki_fixture.hpp"

namespace muster::security {
namespace {

TEST(Certificate, OfANodeSaysNameKeysAndNodeId) {
  test::TestAuthority authority;
  const auto node = authority.node("host-1");
  const auto read = read_certificate(node.der);
  ASSERT_TRUE(read) << read.error().sentence;
  const auto& subject = std::get<NodeSubject>(read->subject);
  EXPECT_EQ(read->overlay, "drill.example");
  EXPECT_EQ(subject.name, "host-1");
  EXPECT_EQ(read->ed25519, ed25519_public(node.ed25519_private));
  EXPECT_EQ(subject.x25519, x25519_public(node.x25519_private));
  EXPECT_EQ(subject.id, node_id_of(read->ed25519));
  EXPECT_EQ(read->hash, certificate_hash_of(node.der));
}

TEST(Certificate, OfANodeFitsTheHandshake) {
  test::TestAuthority authority;
  EXPECT_LE(authority.node("host-1").der.size(), 500U);
}

TEST(Certificate, OfAUserSaysAorAndHomes) {
  test::TestAuthority authority;
  const auto read = read_certificate(authority.user("alice", {"host-1", "host-2"}).der);
  ASSERT_TRUE(read) << read.error().sentence;
  const auto& subject = std::get<UserSubject>(read->subject);
  EXPECT_EQ(subject.user, "alice");
  EXPECT_FALSE(subject.homes_all);
  EXPECT_EQ(subject.homes, (std::vector<std::string>{"host-1", "host-2"}));
}

TEST(Certificate, OfAUserMaySayThatAllNodesAreHomes) {
  test::TestAuthority authority;
  const auto read = read_certificate(authority.user("bob").der);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_TRUE(std::get<UserSubject>(read->subject).homes_all);
}

TEST(Certificate, HoldsAUserNameWithEveryPermittedMark) {
  test::TestAuthority authority;
  const auto read = read_certificate(authority.user("a-_.!~*'()Z9").der);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(std::get<UserSubject>(read->subject).user, "a-_.!~*'()Z9");
}

TEST(Certificate, IsNotIssuedForANameThatIsNone) {
  test::TestAuthority authority;
  const auto made = issue_node(authority.issuer(), 9, {"host 1", authority.key(), authority.key()},
                               authority.validity_);
  EXPECT_FALSE(made);
}

TEST(Certificate, IsNotIssuedWithAKeyThatIsNotTheRoots) {
  test::TestAuthority authority;
  const Issuer thief{authority.root(), authority.key()};
  EXPECT_FALSE(
      issue_node(thief, 9, {"host-1", authority.key(), authority.key()}, authority.validity_));
}

TEST(Certificate, IsRefusedWithOneOctetTooManyOrTooFew) {
  test::TestAuthority authority;
  Bytes der = authority.node("host-1").der;
  EXPECT_FALSE(read_certificate(BytesView{der}.first(der.size() - 1)));
  der.push_back(0);
  EXPECT_FALSE(read_certificate(der));
}

TEST(Certificate, IsRefusedUnparsedWhenTooLong) {
  EXPECT_FALSE(read_certificate(Bytes(certificate_bytes_max + 1, 0x30)));
  EXPECT_FALSE(read_certificate({}));
}

TEST(Certificate, ReaderSurvivesEveryTruncationAndManyCorruptions) {
  test::TestAuthority authority;
  const Bytes der = authority.user("alice", {"host-1"}).der;
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(read_certificate(BytesView{der}.first(size))) << size;
  }
  constexpr std::uint64_t seed = 7;
  SeededRandom random{seed};
  for (int round = 0; round < 5000; ++round) {
    Bytes damaged = der;
    for (std::uint64_t hit = 0; hit <= random.below(3); ++hit) {
      damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.next());
    }
    static_cast<void>(read_certificate(damaged));  // must return, whatever it says
  }
}

TEST(CertificateExtensions, RoundTripHomesOfEverySize) {
  HomesExtension homes;
  for (std::size_t count = 1; count <= homes_max; ++count) {
    homes.nodes.push_back("host-" + std::to_string(count));
    const auto read = decode_homes_extension(encode_homes_extension(homes));
    ASSERT_TRUE(read) << count;
    EXPECT_EQ(read->nodes, homes.nodes);
  }
  homes.nodes.push_back("one-too-many");
  EXPECT_FALSE(decode_homes_extension(encode_homes_extension(homes)));
}

TEST(CertificateExtensions, RefuseAnyOtherEncodingOfTheSameValue) {
  // NULL with content, a length in the long form, an empty list of homes.
  EXPECT_FALSE(decode_homes_extension(*from_hex("050100")));
  EXPECT_FALSE(decode_homes_extension(*from_hex("30810a0c08686f73742d312d61")));
  EXPECT_FALSE(decode_homes_extension(*from_hex("3000")));
  EXPECT_TRUE(decode_homes_extension(*from_hex("300a0c08686f73742d312d61")));
}

TEST(NodeId, IsTheStartOfTheHashOfTheSubjectPublicKeyInfo) {
  // openssl pkey -in k.pem -pubout -outform DER | sha256sum, for RFC 8032 test key 1.
  const auto octets = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  Key32 key{};
  std::copy(octets->begin(), octets->end(), key.begin());
  EXPECT_EQ(node_id_of(key).hex(), "06e3fd8fda29bb60ab59557de61edb0a");
}

}  // namespace
}  // namespace muster::security
