// SPDX-License-Identifier: Apache-2.0
#include "sim/modelled_crypto.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using security::Key32;

Key32 key(std::uint8_t fill) {
  Key32 made{};
  made.fill(fill);
  return made;
}

TEST(ModelledCrypto, HasTheSizesOfTheRealThing) {
  const ModelledCrypto model;
  const auto text = to_bytes("text");
  const auto sealed = model.aead_seal(key(1), {}, {}, text);
  EXPECT_EQ(sealed.size(), security::aead_seal(key(1), {}, {}, text).size());
  EXPECT_EQ(model.aead_open(key(1), {}, {}, sealed), text);
}

TEST(ModelledCrypto, RefusesWhatWasTamperedWithOrSealedOtherwise) {
  const ModelledCrypto model;
  const auto sealed = model.aead_seal(key(1), {}, as_bytes("header"), as_bytes("text"));
  auto changed = sealed;
  changed[0] ^= 1;
  EXPECT_FALSE(model.aead_open(key(1), {}, as_bytes("header"), changed));
  EXPECT_FALSE(model.aead_open(key(2), {}, as_bytes("header"), sealed));
  EXPECT_FALSE(model.aead_open(key(1), {1}, as_bytes("header"), sealed));
  EXPECT_FALSE(model.aead_open(key(1), {}, as_bytes("other"), sealed));
  EXPECT_FALSE(model.aead_open(key(1), {}, {}, Bytes(15)));
}

TEST(ModelledCrypto, LetsBothSidesComputeTheSameSecret) {
  const ModelledCrypto model;
  const auto one = model.x25519(key(1), model.x25519_public(key(2)));
  EXPECT_EQ(one, model.x25519(key(2), model.x25519_public(key(1))));
  EXPECT_NE(one, model.x25519(key(3), model.x25519_public(key(1))));
}

TEST(ModelledCrypto, VerifiesOnlyWhatTheKeySigned) {
  const ModelledCrypto model;
  const auto signature = model.ed25519_sign(key(1), as_bytes("text"));
  EXPECT_TRUE(model.ed25519_verify(model.ed25519_public(key(1)), as_bytes("text"), signature));
  EXPECT_FALSE(model.ed25519_verify(model.ed25519_public(key(1)), as_bytes("Text"), signature));
  EXPECT_FALSE(model.ed25519_verify(model.ed25519_public(key(2)), as_bytes("text"), signature));
}

TEST(ModelledCrypto, AddsUpWhatTheOperationsWouldHaveTaken) {
  const ModelledCrypto model(ModelledCrypto::Costs{.sign = 50us, .verify = 140us});
  const auto signature = model.ed25519_sign(key(1), as_bytes("text"));
  static_cast<void>(model.ed25519_verify(key(1), as_bytes("text"), signature));
  EXPECT_EQ(model.take_cost(), 190us);
  EXPECT_EQ(model.take_cost(), 0us);
}

TEST(ModelledCrypto, StandsInForOpensslOnlyWhileItsScopeLives) {
  const ModelledCrypto model;
  const auto real = security::ed25519_public(key(1));
  {
    const ModelledCryptoScope scope(&model);
    EXPECT_EQ(security::ed25519_public(key(1)), model.ed25519_public(key(1)));
  }
  EXPECT_EQ(security::ed25519_public(key(1)), real);
}

}  // namespace
}  // namespace muster::sim
