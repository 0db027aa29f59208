// SPDX-License-Identifier: Apache-2.0
#include "security/end_to_end.hpp"

#include "core/base/seeded_random.hpp"
#include "tests/security/end_to_end_world.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;
using test::EndToEndWorld;

struct EndToEndSealing : ::testing::Test {
  EndToEndSealing() {
    world.start(1);
    world.start(2);
  }
  /// Both sides have shown each other their contexts.
  void acquaint() {
    EXPECT_EQ(world.carry(1, 2, "hello"), "hello");
    EXPECT_EQ(world.carry(2, 1, "hello"), "hello");
    EXPECT_EQ(world.carry(1, 2, "again"), "again");
  }
  EndToEndWorld world;
};

TEST_F(EndToEndSealing, ProvesTheSenderWithTheFirstMessage) {
  const Bytes sealed = world.seal(1, 2, "hello");
  EXPECT_EQ(sealed.size(), 5U + 132U);
  const auto opened = world.open(2, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->from, EndToEndWorld::id(1));
  EXPECT_EQ(as_text(opened->plaintext), "hello");
}

TEST_F(EndToEndSealing, DoesNotShowTheSenderToCarriers) {
  const Bytes sealed = world.seal(1, 2, "hello");
  const auto sender = EndToEndWorld::id(1);
  EXPECT_EQ(std::search(sealed.begin(), sealed.end(), sender.octets.begin(), sender.octets.end()),
            sealed.end());
}

TEST_F(EndToEndSealing, CostsAtMost28OctetsOnceTheContextIsShown) {
  acquaint();
  EXPECT_LE(world.seal(1, 2, "x").size(), 1U + 28U);
  EXPECT_LE(world.seal(2, 1, "x").size(), 1U + 28U);
}

TEST_F(EndToEndSealing, RepeatsTheFirstFormUntilTheContextIsShown) {
  for (int i = 0; i < 5; ++i) {
    const Bytes sealed = world.seal(1, 2, "x");
    EXPECT_EQ(sealed.size(), 1U + 132U);
    EXPECT_TRUE(world.open(2, sealed));
  }
}

TEST_F(EndToEndSealing, ShowsTheContextByItselfWhenThereIsNothingToSay) {
  EXPECT_EQ(world.carry(1, 2, "hello"), "hello");
  ASSERT_TRUE(world[2].deadline());
  world.settle(*world[2].deadline() - world.now);
  EXPECT_TRUE(world.open(2, world.seal(1, 2, "x")));  // shows node 2's own context, once
  EXPECT_EQ(world.seal(1, 2, "x").size(), 1U + 27U);
  EXPECT_EQ(world.seal(2, 1, "x").size(), 1U + 27U);
  EXPECT_EQ(world.settle(1min), 0U);  // and then there is silence
}

TEST_F(EndToEndSealing, OpensEachMessageOnceInWhateverOrder) {
  acquaint();
  std::vector<Bytes> messages;
  for (int i = 0; i < 4000; ++i) messages.push_back(world.seal(1, 2, std::to_string(i)));
  SeededRandom random(4);
  for (std::size_t i = messages.size(); i > 1; --i) {
    std::swap(messages[i - 1], messages[random.below(i)]);
  }
  std::set<std::string> seen;
  for (int round = 0; round < 2; ++round) {
    for (const auto& message : messages) {
      if (const auto opened = world.open(2, message)) {
        EXPECT_TRUE(seen.insert(std::string(as_text(opened->plaintext))).second);
      }
    }
  }
  EXPECT_EQ(seen.size(), 4000U);
  EXPECT_EQ(world[2].counters().replayed, 4000U);
}

TEST_F(EndToEndSealing, OpensAFirstMessageOnce) {
  const Bytes sealed = world.seal(1, 2, "hello");
  EXPECT_TRUE(world.open(2, sealed));
  EXPECT_EQ(world.open(2, sealed).error(), OpenError::replayed);
}

TEST_F(EndToEndSealing, RefusesEveryDamagedOctetInBothForms) {
  for (int form = 0; form < 2; ++form) {
    const Bytes sealed = world.seal(1, 2, "hello");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Bytes damaged = sealed;
      damaged[i] ^= 0x04;
      EXPECT_FALSE(world.open(2, damaged)) << i;
      EXPECT_FALSE(world.open(2, BytesView(sealed).first(i))) << i;
    }
    EXPECT_TRUE(world.open(2, sealed));
    acquaint();
  }
}

TEST_F(EndToEndSealing, RefusesASenderWhoSignsForAnother) {
  // Node 3 has the network's prekeys but signs with its own key, and says it is node 1.
  world.start(3);
  test::SharedDirectory directory = world.directory;
  muster::test::SeededTestRandom random(9);
  EndToEnd liar(EndToEndWorld::id(1), Key32{3, 1}, OwnPrekey{}, directory, random);
  const auto sealed = liar.seal(world.now, EndToEndWorld::id(2), as_bytes("I am node 1"));
  EXPECT_EQ(world.open(2, *sealed).error(), OpenError::forged);
}

TEST_F(EndToEndSealing, IsNotOpenedByAnotherThanTheRecipient) {
  world.start(3);
  EXPECT_EQ(world.open(3, world.seal(1, 2, "hello")).error(), OpenError::unknown_prekey);
}

TEST_F(EndToEndSealing, WaitsForTheSendersKeyToBeKnown) {
  world.directory.signing_keys.erase(EndToEndWorld::id(1));
  const Bytes sealed = world.seal(1, 2, "hello");
  EXPECT_EQ(world.open(2, sealed).error(), OpenError::unknown_sender);
  world.directory.signing_keys[EndToEndWorld::id(1)] = ed25519_public(Key32{1, 1});
  EXPECT_TRUE(world.open(2, sealed));
}

TEST_F(EndToEndSealing, SaysSoWhenTheRecipientHasNoPrekey) {
  world.directory.prekeys.erase(EndToEndWorld::id(2));
  EXPECT_EQ(world[1].seal(world.now, EndToEndWorld::id(2), as_bytes("x")).error(),
            SealError::no_prekey);
  EXPECT_EQ(world[1].seal(world.now, EndToEndWorld::id(2), Bytes(70000)).error(),
            SealError::too_large);
}

TEST_F(EndToEndSealing, ReachesARestartedPeerWithTheSecondMessage) {
  acquaint();
  world.start(2);
  EXPECT_EQ(world.carry(1, 2, "lost"), "-its context is not known (any more)");
  EXPECT_EQ(world.settle(0s), 1U);
  EXPECT_EQ(world.carry(1, 2, "found"), "found");
}

TEST_F(EndToEndSealing, ReachesAPeerWhoseNewPrekeyTheDirectoryDoesNotHaveYet) {
  acquaint();
  world.start(2, 2, false);
  EXPECT_EQ(world.carry(1, 2, "lost")[0], '-');
  world.settle(0s);
  EXPECT_EQ(world.carry(1, 2, "found"), "found");
}

TEST_F(EndToEndSealing, ReachesAPeerWhoseFirstMessageWasToAnOldPrekey) {
  world.start(2, 2, false);
  EXPECT_EQ(world.carry(1, 2, "lost")[0], '-');
  world.settle(0s);
  EXPECT_EQ(world.carry(1, 2, "found"), "found");
}

TEST_F(EndToEndSealing, MakesANewContextWhenTheDirectoryHasANewPrekey) {
  acquaint();
  world.start(2, 2, true);
  EXPECT_EQ(world.carry(1, 2, "at once"), "at once");
}

TEST_F(EndToEndSealing, GoesOnWhenTheSenderRestarts) {
  acquaint();
  world.start(1);
  EXPECT_EQ(world.carry(1, 2, "from the new start"), "from the new start");
  world.carry(2, 1, "sealed under what node 1 has forgotten");
  world.settle(1s);
  EXPECT_EQ(world.carry(2, 1, "understood"), "understood");
}

TEST_F(EndToEndSealing, ComplainsAtABoundedRateAndOnlyToTheNamedSource) {
  acquaint();
  world.start(2);
  for (int i = 0; i < 100; ++i) (void)world.carry(1, 2, "x");
  for (int i = 0; i < 100; ++i) (void)world.open(2, world.seal(1, 2, "x"));
  EXPECT_EQ(world[2].counters().complaints, 1U);
}

TEST_F(EndToEndSealing, IgnoresAComplaintThatIsSentAgain) {
  acquaint();
  world.start(2);
  (void)world.carry(1, 2, "lost");
  const auto complaint = std::get<EndToEnd::Send>(*world[2].poll());
  EXPECT_EQ(world.open(1, complaint.sealed).error(), OpenError::consumed);
  acquaint();
  const auto size = world.seal(1, 2, "x").size();
  EXPECT_EQ(world.open(1, complaint.sealed).error(), OpenError::replayed);
  EXPECT_EQ(world.seal(1, 2, "x").size(), size);
}

TEST_F(EndToEndSealing, IgnoresAComplaintAboutAContextLongReplaced) {
  acquaint();
  world.start(2);
  (void)world.carry(1, 2, "lost");
  const auto complaint = std::get<EndToEnd::Send>(*world[2].poll());
  world.now += 3h;
  acquaint();
  EXPECT_EQ(world.open(1, complaint.sealed).error(), OpenError::consumed);
  EXPECT_LE(world.seal(1, 2, "x").size(), 1U + 33U);
}

/// A first form made by hand, with whatever it says inside.
Bytes forged_first_form(const HpkeSender& hpke, std::uint16_t sequence, const NodeId& says,
                        const Key32& signs_with) {
  const FirstForm form{{}, 1, sequence, hpke.enc};
  Bytes sealed = form.encode_header();
  const auto signature = ed25519_sign(
      signs_with, FirstForm::signed_octets(says, EndToEndWorld::id(2), sealed, as_bytes("text")));
  Bytes inside = to_bytes(says.view());
  append(inside, signature);
  append(inside, as_bytes("text"));
  append(sealed, hpke.context.seal(sequence, sealed, inside));
  return sealed;
}

TEST_F(EndToEndSealing, RefusesAContextThatChangesItsSender) {
  world.start(3);
  const auto prekey = world.directory.prekey(EndToEndWorld::id(2));
  const auto hpke =
      hpke_setup_sender(prekey->public_key, as_bytes("muster end-to-end 1"), Key32{0, 55});
  const Key32 key_of_3{3, 1};
  const auto honest = world.open(2, forged_first_form(*hpke, 0, EndToEndWorld::id(3), key_of_3));
  ASSERT_TRUE(honest);
  EXPECT_EQ(honest->from, EndToEndWorld::id(3));
  EXPECT_EQ(world.open(2, forged_first_form(*hpke, 1, EndToEndWorld::id(1), key_of_3)).error(),
            OpenError::forged);
}

TEST_F(EndToEndSealing, RenewsItsContextInTime) {
  acquaint();
  world.now += 3h;
  EXPECT_EQ(world.seal(1, 2, "x").size(), 1U + 132U);
  acquaint();
}

TEST_F(EndToEndSealing, OpensWithTheOldPrekeyAfterANewOne) {
  const Bytes old = world.seal(1, 2, "to the old one");
  world[2].add_prekey(OwnPrekey{2, Secret32{Key32{0, 2, 2}}});
  world.directory.prekeys[EndToEndWorld::id(2)] = Prekey{2, x25519_public(Key32{0, 2, 2})};
  EXPECT_EQ(world.carry(1, 2, "to the new one"), "to the new one");
  EXPECT_TRUE(world.open(2, old));
}

TEST(EndToEndLimits, NeverOpensAMessageOfAContextThatWasPushedOut) {
  EndToEndWorld world;
  world.limits.contexts_max = 3;
  for (std::uint8_t node = 1; node <= 6; ++node) world.start(node);
  const Bytes first = world.seal(1, 6, "once");
  ASSERT_TRUE(world.open(6, first));
  for (std::uint8_t node = 2; node <= 5; ++node) {
    world.now += 1s;
    ASSERT_EQ(world.carry(node, 6, "x"), "x");
  }
  EXPECT_EQ(world.open(6, first, 1).error(), OpenError::replayed);
  world.settle(0s);  // the sender hears that its context is gone
  EXPECT_EQ(world.carry(1, 6, "in a new context"), "in a new context");
}

TEST(EndToEndLimits, OneSenderWithManyContextsPushesOutOnlyItsOwn) {
  EndToEndWorld world;
  world.limits.contexts_max = 6;
  for (std::uint8_t node = 1; node <= 3; ++node) world.start(node);
  ASSERT_EQ(world.carry(1, 3, "x"), "x");
  for (int i = 0; i < 50; ++i) {
    world.now += 1s;
    world.start(2);
    ASSERT_EQ(world.carry(2, 3, "x"), "x");
  }
  EXPECT_EQ(world.carry(1, 3, "still in the same context"), "still in the same context");
  EXPECT_EQ(world[3].counters().evicted, 46U);
}

TEST(EndToEndOverLoss, TalksThroughLossRestartsAndDisorder) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    EndToEndWorld world(seed);
    SeededRandom chance(seed);
    world.start(1);
    world.start(2);
    unsigned arrived_lately = 0;
    for (int i = 0; i < 600; ++i) {
      if (i % 150 == 149) {
        world.start(static_cast<std::uint8_t>(1 + chance.below(2)),
                    static_cast<std::uint8_t>(2 + i / 150));
      }
      if (i % 150 == 50) arrived_lately = 0;
      const auto from = static_cast<std::uint8_t>(1 + chance.below(2));
      const auto to = static_cast<std::uint8_t>(3 - from);
      const Bytes sealed = world.seal(from, to, "x");
      if (chance.unit() < 0.3) continue;
      if (world.open(to, sealed, from)) ++arrived_lately;
      world.settle(20ms);
      if (i % 150 == 148) {
        EXPECT_GT(arrived_lately, 50U) << i;
      }
    }
  }
}

TEST(EndToEndSurvival, CountsRandomOctetsAndDropsThem) {
  EndToEndWorld world;
  world.start(1);
  world.start(2);
  const Bytes sample = world.seal(1, 2, "hello");
  SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    Bytes octets = sample;
    octets.resize(random.below(200));
    for (auto& octet : octets) {
      if (random.below(6) == 0) octet = static_cast<std::uint8_t>(random.next());
    }
    if (octets != sample) {
      EXPECT_FALSE(world.open(2, octets, 1));
    }
  }
  EXPECT_GT(world[2].counters().refused, 1900U);
}

}  // namespace
}  // namespace muster::security
