// SPDX-License-Identifier: Apache-2.0
#include "node/direct_datagrams.hpp"

#include <gtest/gtest.h>

#include "tests/support/seeded_test_random.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

struct DirectDatagramsOfTwo : ::testing::Test {
  static constexpr std::size_t datagram_bytes_max = 1152;
  test::SeededTestRandom random{1};
  security::Key32 overlay{7};
  NodeId alice_id{{1}};
  NodeId bob_id{{2}};
  DirectDatagrams alice{alice_id, overlay, random};
  DirectDatagrams bob{bob_id, overlay, random};
  TimePoint now{1h};
};

TEST_F(DirectDatagramsOfTwo, CarryAMessageAndWhoSaysIt) {
  const auto datagram = alice.seal(now, as_bytes("who is there?"), false, datagram_bytes_max);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->size(), 13 + 17 + security::BeaconSealer::overhead_bytes);
  const auto opened = bob.open(*datagram);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->from, alice_id);
  EXPECT_EQ(as_text(opened->message), "who is there?");
}

TEST_F(DirectDatagramsOfTwo, AreNoiseToAnotherOverlay) {
  DirectDatagrams stranger(bob_id, security::Key32{8}, random);
  EXPECT_FALSE(stranger.open(*alice.seal(now, as_bytes("?"), false, datagram_bytes_max)));
  EXPECT_EQ(stranger.counters().foreign, 1U);
}

TEST_F(DirectDatagramsOfTwo, RefuseTheirOwnAndEmptyOnes) {
  EXPECT_FALSE(alice.open(*alice.seal(now, as_bytes("?"), false, datagram_bytes_max)));
  EXPECT_FALSE(bob.open(*alice.seal(now, {}, false, datagram_bytes_max)));
  EXPECT_EQ(alice.counters().malformed, 1U);
  EXPECT_EQ(bob.counters().malformed, 1U);
}

TEST_F(DirectDatagramsOfTwo, FitTheirLinkOrAreNotSent) {
  const Bytes message(500);
  EXPECT_TRUE(alice.seal(now, message, false, datagram_bytes_max));
  EXPECT_FALSE(alice.seal(now, message, false, 512));
  EXPECT_FALSE(alice.seal(now, Bytes(2000), false, 9000));
  EXPECT_EQ(alice.counters().too_large, 2U);
}

TEST_F(DirectDatagramsOfTwo, AnswerNoMoreThanSoMuchASecond) {
  const Bytes message(1000);
  std::size_t sent = 0;
  while (alice.seal(now, message, true, datagram_bytes_max)) sent += message.size();
  EXPECT_LE(sent, DirectDatagrams::Limits{}.answer_bytes_burst);
  EXPECT_EQ(alice.counters().too_many, 1U);
  // Questions are of its own will.
  EXPECT_TRUE(alice.seal(now, message, false, datagram_bytes_max));
  now += 1s;
  sent = 0;
  while (alice.seal(now, message, true, datagram_bytes_max)) sent += message.size();
  EXPECT_GE(sent, 100'000U);
  EXPECT_LE(sent, DirectDatagrams::Limits{}.answer_bytes_per_s);
}

}  // namespace
}  // namespace muster::node
