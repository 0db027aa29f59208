// SPDX-License-Identifier: Apache-2.0
#include "security/crypto.hpp"

namespace muster::security {
namespace {

Key32 key(std::string_view hex) {
  Key32 out{};
  const auto bytes = from_hex(hex);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hkdf, MatchesRfc5869TestCase1) {
  const auto prk = hkdf_extract(*from_hex("000102030405060708090a0b0c"), Bytes(22, 0x0b));
  EXPECT_EQ(to_hex(prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(to_hex(hkdf_expand(prk, *from_hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(X25519, MatchesRfc7748Section61) {
  const Key32 a{1, 2, 3};
  const Key32 b = key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  EXPECT_EQ(x25519(a, x25519_public(b)), x25519(b, x25519_public(a)));
  EXPECT_EQ(to_hex(x25519_public(b)),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

TEST(X25519, RefusesALowOrderPoint) { EXPECT_FALSE(x25519(Key32{1}, Key32{})); }

TEST(Ed25519, MatchesRfc8032Test1) {
  const Key32 seed = key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  EXPECT_EQ(to_hex(ed25519_public(seed)),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const Signature64 signature = ed25519_sign(seed, {});
  EXPECT_EQ(to_hex(signature),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
            "701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  EXPECT_TRUE(ed25519_verify(ed25519_public(seed), {}, signature));
  EXPECT_FALSE(ed25519_verify(ed25519_public(seed), as_bytes("x"), signature));
}

TEST(Aead, OpensWhatItSealedAndNothingElse) {
  const Key32 secret{1, 2, 3};
  const Nonce12 nonce{9};
  Bytes sealed = aead_seal(secret, nonce, as_bytes("header"), as_bytes("text"));
  EXPECT_EQ(as_text(*aead_open(secret, nonce, as_bytes("header"), sealed)), "text");
  EXPECT_FALSE(aead_open(secret, nonce, as_bytes("other"), sealed));
  sealed[0] ^= 1;
  EXPECT_FALSE(aead_open(secret, nonce, as_bytes("header"), sealed));
  EXPECT_TRUE(aead_open(secret, nonce, {}, aead_seal(secret, nonce, {}, {})));
}

}  // namespace
}  // namespace muster::security
