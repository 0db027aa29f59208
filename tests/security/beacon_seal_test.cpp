// SPDX-License-Identifier: Apache-2.0
#include "security/beacon_seal.hpp"

#include "tests/support/seeded_test_random.hpp"

namespace muster::security {
namespace {

struct BeaconSealing : ::testing::Test {
  test::SeededTestRandom random{1};
  Key32 overlay{7};
};

TEST_F(BeaconSealing, IsOpenedByAnotherNodeOfTheOverlay) {
  BeaconSealer alice(overlay, random);
  BeaconSealer bob(overlay, random);
  for (int i = 0; i < 3; ++i) {
    const Bytes beacon = alice.seal(as_bytes("I am here"));
    EXPECT_EQ(beacon.size(), 9 + BeaconSealer::overhead_bytes);
    EXPECT_EQ(as_text(bob.open(beacon).value()), "I am here");
  }
}

TEST_F(BeaconSealing, IsNoiseToAnotherOverlay) {
  BeaconSealer alice(overlay, random);
  BeaconSealer stranger(Key32{8}, random);
  EXPECT_FALSE(stranger.open(alice.seal(as_bytes("I am here"))));
  EXPECT_EQ(stranger.counters().forged, 1U);
}

TEST_F(BeaconSealing, KeepsItsUsesApart) {
  BeaconSealer beacons(overlay, random);
  BeaconSealer direct(overlay, random, {}, SealUse::direct);
  const Bytes question = direct.seal(as_bytes("who is there?"));
  EXPECT_TRUE(BeaconSealer(overlay, random, {}, SealUse::direct).open(question));
  EXPECT_FALSE(beacons.open(question));
  // Nor does it open under another type: the keys differ.
  Bytes disguised = question;
  disguised[0] = static_cast<std::uint8_t>(DatagramType::beacon);
  EXPECT_FALSE(beacons.open(disguised));
}

TEST_F(BeaconSealing, NeverSealsTheSameOctetsTwice) {
  BeaconSealer alice(overlay, random);
  BeaconSealer restarted(overlay, random);
  const Bytes first = alice.seal(as_bytes("x"));
  EXPECT_NE(first, alice.seal(as_bytes("x")));
  EXPECT_NE(first, restarted.seal(as_bytes("x")));
}

TEST_F(BeaconSealing, RefusesEveryDamagedOctetAndEveryShortenedBeacon) {
  BeaconSealer alice(overlay, random);
  BeaconSealer bob(overlay, random);
  const Bytes beacon = alice.seal(as_bytes("I am here"));
  for (std::size_t i = 0; i < beacon.size(); ++i) {
    Bytes damaged = beacon;
    damaged[i] ^= 0x10;
    EXPECT_FALSE(bob.open(damaged)) << i;
    EXPECT_FALSE(bob.open(BytesView(beacon).first(i))) << i;
  }
  EXPECT_FALSE(bob.open(Bytes(5000, 1)));
}

TEST_F(BeaconSealing, OpensMoreSendersThanItRemembers) {
  BeaconSealer bob(overlay, random,
                   BeaconSealer::Limits{.plaintext_bytes_max = 64, .cached_keys_max = 2});
  std::deque<BeaconSealer> senders;
  for (int i = 0; i < 5; ++i) senders.emplace_back(overlay, random);
  for (int round = 0; round < 2; ++round) {
    for (auto& sender : senders) EXPECT_TRUE(bob.open(sender.seal(as_bytes("x"))));
  }
}

}  // namespace
}  // namespace muster::security
