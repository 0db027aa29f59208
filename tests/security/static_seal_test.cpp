// SPDX-License-Identifier: Apache-2.0
#include "security/static_seal.hpp"

#include <gtest/gtest.h>

#include "tests/security/end_to_end_world.hpp"

namespace muster::security {
namespace {

const NodeId ann{{1}};
const NodeId ben{{2}};
const NodeId eve{{3}};
constexpr Key32 key_of_ann{0, 1};
constexpr Key32 key_of_ben{0, 2};
constexpr Key32 key_of_eve{0, 3};

class StaticSealOfTwo : public testing::Test {
 protected:
  StaticSealOfTwo() {
    directory.certificate_keys[ann] = x25519_public(key_of_ann);
    directory.certificate_keys[ben] = x25519_public(key_of_ben);
  }
  test::SharedDirectory directory;
  StaticSeal sender{ann, key_of_ann, directory};
  StaticSeal receiver{ben, key_of_ben, directory};
};

TEST_F(StaticSealOfTwo, OpensOnceWhatWasSealedToIt) {
  const auto sealed = sender.seal(ben, {1, 5}, as_bytes("hello"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), 5 + StaticSeal::overhead_bytes);
  EXPECT_EQ(receiver.open(ann, {1, 5}, *sealed), to_bytes(as_bytes("hello")));
  EXPECT_FALSE(receiver.open(ann, {1, 5}, *sealed));
  EXPECT_EQ(receiver.counters().repeated, 1u);
}

TEST_F(StaticSealOfTwo, OpensNothingUnderAnotherNumberSenderOrDirection) {
  const auto sealed = sender.seal(ben, {1, 5}, as_bytes("hello"));
  EXPECT_FALSE(receiver.open(ann, {1, 6}, *sealed));
  EXPECT_FALSE(receiver.open(ann, {2, 5}, *sealed));
  directory.certificate_keys[eve] = x25519_public(key_of_eve);
  EXPECT_FALSE(receiver.open(eve, {1, 5}, *sealed));
  EXPECT_FALSE(sender.open(ben, {1, 5}, *sealed)) << "sent back to where it came from";
  StaticSeal other{eve, key_of_eve, directory};
  EXPECT_FALSE(other.open(ann, {1, 5}, *sealed));
  EXPECT_TRUE(receiver.open(ann, {1, 5}, *sealed));
}

TEST_F(StaticSealOfTwo, NeedsTheCertificateOfTheOther) {
  EXPECT_FALSE(sender.seal(eve, {1, 5}, as_bytes("hello")));
  EXPECT_FALSE(receiver.open(eve, {1, 5}, Bytes(20)));
  EXPECT_EQ(receiver.counters().unknown, 1u);
}

TEST_F(StaticSealOfTwo, FollowsANewCertificate) {
  const auto before = sender.seal(ben, {1, 5}, as_bytes("hello"));
  const Key32 renewed{0, 9};
  directory.certificate_keys[ben] = x25519_public(renewed);
  StaticSeal again{ben, renewed, directory};
  EXPECT_FALSE(again.open(ann, {1, 5}, *before));
  const auto after = sender.seal(ben, {1, 6}, as_bytes("hello"));
  EXPECT_TRUE(again.open(ann, {1, 6}, *after));
}

}  // namespace
}  // namespace muster::security
