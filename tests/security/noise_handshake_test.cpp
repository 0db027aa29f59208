// SPDX-License-Identifier: Apache-2.0
#include "security/noise_handshake.hpp"

#include "tests/security/published_vectors.hpp"

namespace muster::security {
namespace {

using nlohmann::json;
using test::key_of;
using test::unhex;

std::optional<Secret32> secret(const json& vector, const char* member) {
  if (!vector.contains(member)) return std::nullopt;
  return Secret32{key_of(vector[member])};
}

NoiseHandshake side(const json& vector, NoisePattern pattern, NoiseRole role) {
  const std::string prefix = role == NoiseRole::initiator ? "init_" : "resp_";
  NoiseKeys keys;
  keys.static_private = secret(vector, (prefix + "static").c_str());
  keys.ephemeral_private = secret(vector, (prefix + "ephemeral").c_str()).value_or(Secret32{});
  if (vector.contains(prefix + "remote_static")) {
    keys.remote_static = key_of(vector[prefix + "remote_static"]);
  }
  return {pattern, role, unhex(vector[prefix + "prologue"]), keys};
}

/// Runs one published vector from the first message to the last transport message.
void expect_vector(const json& vector) {
  SCOPED_TRACE(vector["protocol_name"].get<std::string>());
  const auto pattern = noise_pattern_named(vector["protocol_name"].get<std::string>());
  ASSERT_TRUE(pattern);
  NoiseHandshake initiator = side(vector, *pattern, NoiseRole::initiator);
  NoiseHandshake responder = side(vector, *pattern, NoiseRole::responder);
  std::array<std::uint64_t, 2> counters{};
  // By turns, but that one-way patterns have one sender only.
  const bool one_way = vector["protocol_name"].get<std::string>().find('_', 6) == 7;
  std::size_t number = 0;
  for (const json& message : vector["messages"]) {
    const bool from_initiator = one_way || number % 2 == 0;
    NoiseHandshake& sender = from_initiator ? initiator : responder;
    NoiseHandshake& receiver = from_initiator ? responder : initiator;
    const Bytes payload = unhex(message["payload"]);
    if (!sender.finished()) {
      EXPECT_EQ(to_hex(sender.write(payload).value()), message["ciphertext"]) << number;
      EXPECT_EQ(receiver.read(unhex(message["ciphertext"])), payload) << number;
    } else {
      auto& counter = counters[from_initiator ? 0 : 1];
      const Bytes sealed = aead_seal(sender.split().send.octets, noise_nonce(counter), {}, payload);
      EXPECT_EQ(to_hex(sealed), message["ciphertext"]) << number;
      EXPECT_EQ(aead_open(receiver.split().receive.octets, noise_nonce(counter), {}, sealed),
                payload);
      ++counter;
    }
    ++number;
  }
  EXPECT_TRUE(initiator.finished());
  EXPECT_EQ(to_hex(initiator.handshake_hash()), vector["handshake_hash"]);
  EXPECT_EQ(to_hex(responder.handshake_hash()), vector["handshake_hash"]);
}

TEST(NoiseHandshake, MatchesThePublishedVectors) {
  const auto data = test::published_vectors("noise/25519_chachapoly_sha256.json");
  if (!data) GTEST_SKIP() << "no published vectors here: set MUSTER_TEST_DATA to their folder";
  unsigned proven = 0;
  for (const json& vector : (*data)["vectors"]) {
    // Pre-shared keys are no part of Muster's sessions.
    if (vector.contains("init_psks")) continue;
    expect_vector(vector);
    ++proven;
  }
  EXPECT_EQ(proven, 9U);
}

// From the cacophony test vectors.
TEST(NoiseHandshake, MatchesThePublishedXxVectorEverywhere) {
  expect_vector(json::parse(R"({
 "protocol_name": "Noise_XX_25519_ChaChaPoly_SHA256",
 "init_prologue": "4a6f686e2047616c74",
 "init_static": "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
 "init_ephemeral": "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
 "resp_prologue": "4a6f686e2047616c74",
 "resp_static": "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
 "resp_ephemeral": "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
 "handshake_hash": "c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e",
 "messages": [
  {
   "payload": "4c756477696720766f6e204d69736573",
   "ciphertext": "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573"
  },
  {
   "payload": "4d757272617920526f746862617264",
   "ciphertext": "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884381cbad1f276e038c48378ffce2b65285e08d6b68aaa3629a5a8639392490e5b9bd5269c2f1e4f488ed8831161f19b7815528f8982ffe09be9b5c412f8a0db50f8814c7194e83f23dbd8d162c9326ad"
  },
  {
   "payload": "462e20412e20486179656b",
   "ciphertext": "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a80ae475b9df0f169ae80a89be0865b57f58c9fea0d4ec82a286427402f113e4b6ae769a1d95941d49b25030"
  },
  {
   "payload": "4361726c204d656e676572",
   "ciphertext": "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df"
  },
  {
   "payload": "4a65616e2d426170746973746520536179",
   "ciphertext": "3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5"
  },
  {
   "payload": "457567656e2042f6686d20766f6e2042617765726b",
   "ciphertext": "eb3f3515110702e047a6c9da4478b6ead94873c11c0f2d710ddb3f09fce024b3a58502ae3f"
  }
 ]
})"));
}

// From the cacophony test vectors.
TEST(NoiseHandshake, MatchesThePublishedIkVectorEverywhere) {
  expect_vector(json::parse(R"({
 "protocol_name": "Noise_IK_25519_ChaChaPoly_SHA256",
 "init_prologue": "4a6f686e2047616c74",
 "init_static": "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
 "init_ephemeral": "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
 "init_remote_static": "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
 "resp_prologue": "4a6f686e2047616c74",
 "resp_static": "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
 "resp_ephemeral": "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
 "handshake_hash": "0b0f68fb0c27e03ce9b97565995ed4838cc0581b762ef72b062f6a546419fad7",
 "messages": [
  {
   "payload": "4c756477696720766f6e204d69736573",
   "ciphertext": "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944718da798efbcd91528520204f904b9bd6c7413dccdc214d951e15253e39987f18146e8cd0873654207148333479d4d16c289f0294b29960a72f48e0b7bba2e89083169825e59642148d492020664ccf7"
  },
  {
   "payload": "4d757272617920526f746862617264",
   "ciphertext": "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088435361e70b2ed446e6c9ec387d1d6b3b840f194e373979d241b203c4acafccf5"
  },
  {
   "payload": "462e20412e20486179656b",
   "ciphertext": "050e9f3c8fac16b68dbce8f8c4bfbf6617c897f9ada4aa29aa19c8"
  },
  {
   "payload": "4361726c204d656e676572",
   "ciphertext": "344233a6cabb7141d80f3da2fedc311d9646bbb0f505afe403a667"
  },
  {
   "payload": "4a65616e2d426170746973746520536179",
   "ciphertext": "62cdeeb172ad7ade7aa7d9e069da5790f12331bfa00177787a1d0810c67dc3b2b4"
  },
  {
   "payload": "457567656e2042f6686d20766f6e2042617765726b",
   "ciphertext": "029bead1b40992327044d409d9a1f3ad8f36c3c452775d557e18bbeb2e8dfcead32d514024"
  }
 ]
})"));
}

NoiseHandshake fresh(NoisePattern pattern, NoiseRole role, std::uint8_t name,
                     std::optional<Key32> remote = std::nullopt) {
  return {pattern, role, as_bytes("prologue"),
          NoiseKeys{Secret32{Key32{0, name}}, Secret32{Key32{0, name, 1}}, remote}};
}

TEST(NoiseHandshake, KeepsItsStateWhenAMessageIsForged) {
  NoiseHandshake initiator = fresh(NoisePattern::xx, NoiseRole::initiator, 1);
  NoiseHandshake responder = fresh(NoisePattern::xx, NoiseRole::responder, 2);
  ASSERT_TRUE(responder.read(initiator.write({}).value()));
  const Bytes answer = responder.write(as_bytes("hello")).value();
  Bytes forged = answer;
  forged.back() ^= 1;
  EXPECT_FALSE(initiator.read(forged));
  EXPECT_FALSE(initiator.read(BytesView(answer).first(40)));
  EXPECT_EQ(as_text(initiator.read(answer).value()), "hello");
}

TEST(NoiseHandshake, RefusesAnIkMessageForAnotherStaticKey) {
  NoiseHandshake initiator =
      fresh(NoisePattern::ik, NoiseRole::initiator, 1, x25519_public(Key32{0, 3}));
  NoiseHandshake responder = fresh(NoisePattern::ik, NoiseRole::responder, 2);
  EXPECT_FALSE(responder.read(initiator.write({}).value()));
}

TEST(NoiseHandshake, RefusesADifferentPrologue) {
  NoiseHandshake initiator = fresh(NoisePattern::xx, NoiseRole::initiator, 1);
  NoiseHandshake responder{
      NoisePattern::xx, NoiseRole::responder, as_bytes("other"),
      NoiseKeys{Secret32{Key32{0, 2}}, Secret32{Key32{0, 2, 1}}, std::nullopt}};
  ASSERT_TRUE(responder.read(initiator.write({}).value()));
  EXPECT_FALSE(initiator.read(responder.write({}).value()));
}

TEST(NoiseHandshake, RefusesALowOrderEphemeralKey) {
  NoiseHandshake responder = fresh(NoisePattern::ik, NoiseRole::responder, 2);
  EXPECT_FALSE(responder.read(Bytes(32 + 48 + 16, 0)));
}

TEST(NoiseHandshake, RefusesAMessageOutOfTurn) {
  NoiseHandshake initiator = fresh(NoisePattern::xx, NoiseRole::initiator, 1);
  NoiseHandshake other = fresh(NoisePattern::xx, NoiseRole::initiator, 2);
  EXPECT_FALSE(initiator.read(other.write({}).value()));
}

}  // namespace
}  // namespace muster::security
