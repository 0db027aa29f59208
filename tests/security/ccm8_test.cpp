// SPDX-License-Identifier: Apache-2.0
#include "security/ccm8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/base/bytes.hpp"

namespace muster::security {
namespace {

struct Vector {
  const char* name;
  const char* nonce;
  const char* associated;
  const char* plaintext;
  const char* ciphertext;
};

/// RFC 3610, section 8, packet vectors 1 to 3 (M = 8); their key is the same.
constexpr Vector vectors[] = {
    {"PacketVector1", "00000003020100a0a1a2a3a4a5", "0001020304050607",
     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
     "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"},
    {"PacketVector2", "00000004030201a0a1a2a3a4a5", "0001020304050607",
     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916"},
    {"PacketVector3", "00000005040302a0a1a2a3a4a5", "0001020304050607",
     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
     "51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5"},
};

class Rfc3610 : public testing::TestWithParam<Vector> {
 protected:
  [[nodiscard]] static Key16 key() {
    Key16 key{};
    for (std::uint8_t i = 0; i < key.size(); ++i) key[i] = 0xc0 + i;
    return key;
  }
  [[nodiscard]] static Nonce13 nonce() {
    Nonce13 nonce{};
    const Bytes octets = from_hex(GetParam().nonce).value();
    std::copy(octets.begin(), octets.end(), nonce.begin());
    return nonce;
  }
};

TEST_P(Rfc3610, IsSealedAsTheRfcSays) {
  const auto& vector = GetParam();
  EXPECT_EQ(to_hex(ccm8_seal(key(), nonce(), from_hex(vector.associated).value(),
                             from_hex(vector.plaintext).value())),
            vector.ciphertext);
}

TEST_P(Rfc3610, IsOpenedAndNothingElse) {
  const auto& vector = GetParam();
  const Bytes associated = from_hex(vector.associated).value();
  const Bytes sealed = from_hex(vector.ciphertext).value();
  const auto opened = ccm8_open(key(), nonce(), associated, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(to_hex(*opened), vector.plaintext);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes damaged = sealed;
    damaged[i] ^= 1;
    EXPECT_FALSE(ccm8_open(key(), nonce(), associated, damaged)) << i;
  }
  EXPECT_FALSE(ccm8_open(key(), nonce(), {}, sealed));
  EXPECT_FALSE(ccm8_open(key(), nonce(), associated, BytesView(sealed).first(7)));
}

INSTANTIATE_TEST_SUITE_P(Section8, Rfc3610, testing::ValuesIn(vectors),
                         [](const auto& each) { return each.param.name; });

TEST(Ccm8, SealsNothingToATagAlone) {
  const Bytes sealed = ccm8_seal({}, ccm8_nonce(1, 2), as_bytes("header"), {});
  EXPECT_EQ(sealed.size(), ccm8_tag_bytes);
  EXPECT_TRUE(ccm8_open({}, ccm8_nonce(1, 2), as_bytes("header"), sealed));
  EXPECT_FALSE(ccm8_open({}, ccm8_nonce(1, 3), as_bytes("header"), sealed));
}

}  // namespace
}  // namespace muster::security
