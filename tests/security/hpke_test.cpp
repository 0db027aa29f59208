// SPDX-License-Identifier: Apache-2.0
#include "security/hpke.hpp"

#include "tests/security/published_vectors.hpp"

namespace muster::security {
namespace {

using nlohmann::json;
using test::key_of;
using test::unhex;

// RFC 9180 appendix A.2.1: the inputs all vectors share, and two of its ciphertexts.
const Bytes info = unhex("4f6465206f6e2061204772656369616e2055726e");
const Bytes plaintext = unhex("4265617574792069732074727574682c20747275746820626561757479");
const Key32 recipient_private =
    key_of("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
const Bytes sender_material =
    unhex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");

HpkeSender rfc_sender() {
  return hpke_setup_sender(x25519_public(recipient_private), info,
                           hpke_derive_private_key(sender_material))
      .value();
}

TEST(Hpke, MatchesRfc9180AppendixA21Everywhere) {
  const HpkeSender sender = rfc_sender();
  EXPECT_EQ(to_hex(sender.enc), "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
  EXPECT_EQ(
      to_hex(sender.context.seal(0, as_bytes("Count-0"), plaintext)),
      "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a"
      "28");
  EXPECT_EQ(
      to_hex(sender.context.seal(256, as_bytes("Count-256"), plaintext)),
      "7a4a13e9ef23978e2c520fd4d2e757514ae160cd0cd05e556ef692370ca53076214c0c40d4c728d6ed9e727a"
      "5b");
}

void expect_vector(const json& common, const json& vector) {
  const Bytes shared_info = unhex(common["info"]);
  const auto sender = hpke_setup_sender(key_of(vector["pkRm"]), shared_info,
                                        hpke_derive_private_key(unhex(vector["ikmE"])));
  ASSERT_TRUE(sender);
  EXPECT_EQ(to_hex(sender->enc), vector["enc"]);
  const auto receiver = hpke_setup_receiver(sender->enc, key_of(vector["skRm"]), shared_info);
  ASSERT_TRUE(receiver);
  for (const unsigned sequence : {256U, 0U, 1U, 255U, 2U, 4U}) {
    const std::string aad = "Count-" + std::to_string(sequence);
    const Bytes expected = unhex(vector["ct" + std::to_string(sequence)]);
    EXPECT_EQ(sender->context.seal(sequence, as_bytes(aad), plaintext), expected) << sequence;
    EXPECT_EQ(receiver->open(sequence, as_bytes(aad), expected), plaintext) << sequence;
  }
  EXPECT_EQ(to_hex(receiver->export_secret({}, 32)), vector["exp_empty"]);
  EXPECT_EQ(to_hex(receiver->export_secret(Bytes{0}, 32)), vector["exp_00"]);
  EXPECT_EQ(to_hex(sender->context.export_secret(as_bytes("TestContext"), 32)),
            vector["exp_TestContext"]);
}

void expect_auth_vector(const json& common, const json& vector) {
  const Bytes shared_info = unhex(common["info"]);
  const auto sender = hpke_setup_auth_sender(key_of(vector["pkRm"]), shared_info,
                                             hpke_derive_private_key(unhex(vector["ikmE"])),
                                             key_of(vector["skSm"]));
  ASSERT_TRUE(sender);
  EXPECT_EQ(to_hex(sender->enc), vector["enc"]);
  const auto receiver = hpke_setup_auth_receiver(sender->enc, key_of(vector["skRm"]), shared_info,
                                                 key_of(vector["pkSm"]));
  ASSERT_TRUE(receiver);
  for (const unsigned sequence : {0U, 1U, 256U}) {
    const std::string aad = "Count-" + std::to_string(sequence);
    const Bytes expected = unhex(vector["ct" + std::to_string(sequence)]);
    EXPECT_EQ(sender->context.seal(sequence, as_bytes(aad), plaintext), expected) << sequence;
    EXPECT_EQ(receiver->open(sequence, as_bytes(aad), expected), plaintext) << sequence;
  }
  EXPECT_EQ(to_hex(receiver->export_secret({}, 32)), vector["exp_empty"]);
}

TEST(Hpke, MatchesThePublishedVectorsOfAuthMode) {
  const auto data = test::published_vectors("hpke/rfc9180.json");
  if (!data) GTEST_SKIP() << "no published vectors here: set MUSTER_TEST_DATA to their folder";
  unsigned proven = 0;
  for (const json& vector : (*data)["cases"]) {
    if (vector["mode"] != "auth" || vector["aead"] != "ChaCha20Poly1305") continue;
    expect_auth_vector((*data)["common"], vector);
    ++proven;
  }
  EXPECT_EQ(proven, 1U);
}

TEST(Hpke, InAuthModeOpensNothingOfAnotherSender) {
  const Key32 sender_private{7};
  const auto sender =
      hpke_setup_auth_sender(x25519_public(recipient_private), info,
                             hpke_derive_private_key(sender_material), sender_private);
  const Bytes sealed = sender->context.seal(0, {}, plaintext);
  EXPECT_TRUE(
      hpke_setup_auth_receiver(sender->enc, recipient_private, info, x25519_public(sender_private))
          ->open(0, {}, sealed));
  EXPECT_FALSE(
      hpke_setup_auth_receiver(sender->enc, recipient_private, info, x25519_public(Key32{8}))
          ->open(0, {}, sealed));
}

TEST(Hpke, MatchesThePublishedVectors) {
  const auto data = test::published_vectors("hpke/rfc9180.json");
  if (!data) GTEST_SKIP() << "no published vectors here: set MUSTER_TEST_DATA to their folder";
  unsigned proven = 0;
  for (const json& vector : (*data)["cases"]) {
    if (vector["mode"] != "base" || vector["aead"] != "ChaCha20Poly1305") continue;
    expect_vector((*data)["common"], vector);
    ++proven;
  }
  EXPECT_EQ(proven, 1U);
}

TEST(Hpke, OpensNothingUnderAnotherSequenceKeyOrInfo) {
  const HpkeSender sender = rfc_sender();
  const Bytes sealed = sender.context.seal(7, as_bytes("a"), plaintext);
  const auto receiver = hpke_setup_receiver(sender.enc, recipient_private, info);
  EXPECT_TRUE(receiver->open(7, as_bytes("a"), sealed));
  EXPECT_FALSE(receiver->open(8, as_bytes("a"), sealed));
  EXPECT_FALSE(receiver->open(7, as_bytes("b"), sealed));
  const auto other_info = hpke_setup_receiver(sender.enc, recipient_private, {});
  EXPECT_FALSE(other_info->open(7, as_bytes("a"), sealed));
  const auto other_key = hpke_setup_receiver(sender.enc, Key32{0, 1}, info);
  EXPECT_FALSE(other_key->open(7, as_bytes("a"), sealed));
}

TEST(Hpke, RefusesLowOrderPoints) {
  EXPECT_FALSE(hpke_setup_sender(Key32{}, info, Key32{0, 1}));
  EXPECT_FALSE(hpke_setup_receiver(Key32{}, Key32{0, 1}, info));
}

}  // namespace
}  // namespace muster::security
