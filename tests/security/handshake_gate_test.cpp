// SPDX-License-Identifier: Apache-2.0
#include "security/handshake_gate.hpp"

#include "security/handshake_cookie.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;
using Verdict = HandshakeGate::Verdict;

constexpr TimePoint start{std::chrono::hours{1}};

LinkPath at(std::uint16_t number) {
  return {LinkId{0}, LinkAddress{Bytes{static_cast<std::uint8_t>(number >> 8),
                                       static_cast<std::uint8_t>(number)}}};
}

TEST(HandshakeGate, LetsInAFewAndAsksTheRestForACookie) {
  HandshakeGate gate({.without_cookie_per_second_max = 3, .cookies_per_second_max = 2});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gate.judge(start, at(1), false), Verdict::answer);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(gate.judge(start, at(1), false), Verdict::ask_for_cookie);
  EXPECT_EQ(gate.judge(start, at(1), false), Verdict::silence);
  EXPECT_EQ(gate.judge(start + 400ms, at(1), false), Verdict::answer);
}

TEST(HandshakeGate, LetsInWhoHasACookieHoweverManyHaveNone) {
  HandshakeGate gate({});
  for (int i = 0; i < 10000; ++i) (void)gate.judge(start, at(1), false);
  EXPECT_EQ(gate.judge(start, at(2), true), Verdict::answer);
}

TEST(HandshakeGate, OneAddressCannotUseUpWhatIsThereForAll) {
  HandshakeGate gate({});
  int answered = 0;
  for (int i = 0; i < 1000; ++i) answered += gate.judge(start, at(1), true) == Verdict::answer;
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(gate.judge(start, at(2), true), Verdict::answer);
}

TEST(HandshakeGate, ForgetsAddressesThatAreQuietAndNoOthers) {
  HandshakeGate gate({.with_cookie_per_second_max = 100000, .addresses_max = 8});
  for (std::uint16_t i = 0; i < 8; ++i) EXPECT_EQ(gate.judge(start, at(i), true), Verdict::answer);
  EXPECT_EQ(gate.judge(start, at(9), true), Verdict::silence);
  EXPECT_EQ(gate.judge(start + 2s, at(9), true), Verdict::answer);
}

TEST(CookieMaker, TheCookieOfOneAddressIsGoodForTwoMinutesAndThereOnly) {
  muster::test::SeededTestRandom random(3);
  CookieMaker maker(random);
  const Bytes first = to_bytes("a first message");
  const Cookie cookie = maker.make(start, at(1));
  const Bytes whole = CookiedDatagram::encode(cookie, first);
  const auto sent = CookiedDatagram::decode(whole);
  ASSERT_TRUE(sent);
  EXPECT_TRUE(maker.proven(start, at(1), *sent));
  EXPECT_FALSE(maker.proven(start, at(2), *sent));
  EXPECT_TRUE(maker.proven(start + CookieJar::cookie_life, at(1), *sent));
  EXPECT_FALSE(maker.proven(start + 5min, at(1), *sent));
  EXPECT_FALSE(CookiedDatagram::decode(BytesView(whole).first(17)));
}

TEST(CookieJar, HoldsABoundedNumberForABoundedTime) {
  CookieJar jar;
  for (std::uint16_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(jar.put(start + i * 1ms, at(i), Cookie{static_cast<std::uint8_t>(i)}));
  }
  EXPECT_FALSE(jar.put(start + 1s, at(99), Cookie{99}));
  EXPECT_FALSE(jar.find(start + 1s, at(0)));
  EXPECT_EQ(jar.find(start + 1s, at(99)), Cookie{99});
  EXPECT_FALSE(jar.find(start + 3min, at(99)));
}

TEST(CookieSeal, OpensOnlyInAnswerToTheDatagramItWasMadeFor) {
  muster::test::SeededTestRandom random(3);
  const CookieSeal seal(Key32{1});
  const Bytes reply = seal.seal(77, HandshakeTag{1}, Cookie{5}, random);
  EXPECT_EQ(reply.size(), CookieSeal::reply_bytes);
  EXPECT_EQ(CookieSeal::receiver(reply), 77U);
  EXPECT_EQ(seal.open(reply, HandshakeTag{1}), Cookie{5});
  EXPECT_FALSE(seal.open(reply, HandshakeTag{2}));
  EXPECT_FALSE(CookieSeal(Key32{2}).open(reply, HandshakeTag{1}));
  EXPECT_FALSE(seal.open(BytesView(reply).first(48), HandshakeTag{1}));
}

}  // namespace
}  // namespace muster::security
