// SPDX-License-Identifier: Apache-2.0
#include "security/user_prekey.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

TEST(UserPrekey, IsTheUsersWordForOneKeyOfOneNode) {
  const Key32 dave{4};
  const Key32 dave_public = ed25519_public(dave);
  NodeId node;
  node.octets.fill(1);
  const auto prekey = sign_user_prekey(dave, "dave@drill.example", node, {7, Key32{9}});
  EXPECT_TRUE(verify_user_prekey(dave_public, "dave@drill.example", node, prekey));

  NodeId other = node;
  other.octets[0] = 2;
  EXPECT_FALSE(verify_user_prekey(dave_public, "dave@drill.example", other, prekey));
  EXPECT_FALSE(verify_user_prekey(dave_public, "carol@drill.example", node, prekey));
  EXPECT_FALSE(verify_user_prekey(ed25519_public(Key32{5}), "dave@drill.example", node, prekey));
  auto changed = prekey;
  changed.prekey.id = 8;
  EXPECT_FALSE(verify_user_prekey(dave_public, "dave@drill.example", node, changed));
  changed = prekey;
  changed.prekey.public_key[31] ^= 1;
  EXPECT_FALSE(verify_user_prekey(dave_public, "dave@drill.example", node, changed));
}

}  // namespace
}  // namespace muster::security
