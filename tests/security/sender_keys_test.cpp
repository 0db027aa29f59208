// SPDX-License-Identifier: Apache-2.0
#include "security/sender_keys.hpp"

#include <set>

#include "core/base/byte_reader.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;

const NodeId ann{{1}};
const NodeId ben{{2}};
const NodeId eve{{3}};

/// Ann speaks; Ben has been offered her key.
class SenderKeysOfTwo : public testing::Test {
 protected:
  void SetUp() override { introduce(); }
  void introduce() {
    for (const auto& offer : sender.offers()) EXPECT_TRUE(receiver.learn(now, ann, offer.message));
  }
  /// Lets time pass at the sender; new keys reach Ben.
  void pass(Duration time) {
    now += time;
    sender.advance(now);
    while (auto offer = sender.poll()) EXPECT_TRUE(receiver.learn(now, ann, offer->message));
  }
  [[nodiscard]] std::string heard(BytesView datagram) {
    const auto opened = receiver.open(now, datagram);
    if (opened) return opened->from == ann ? std::string(as_text(opened->content)) : "wrong sender";
    switch (opened.error()) {
      case BroadcastError::malformed:
        return "malformed";
      case BroadcastError::unknown_key:
        return "unknown key";
      case BroadcastError::own:
        return "own";
      case BroadcastError::replayed:
        return "replayed";
      case BroadcastError::forged:
        return "forged";
    }
    return "";
  }
  [[nodiscard]] Bytes say(std::string_view text) { return sender.seal(now, as_bytes(text)); }

  static std::uint32_t id_of(BytesView datagram) { return ByteReader(datagram.subspan(1)).u32(); }

  muster::test::SeededTestRandom random{5};
  SenderKeys::Limits limits;
  SenderKeys sender{ann, random, limits};
  SenderKeys receiver{ben, random, limits};
  TimePoint now{1h};
};

TEST_F(SenderKeysOfTwo, WhatIsSealedOnceOpensForAllWhoHaveTheKey) {
  SenderKeys another{eve, random, limits};
  EXPECT_TRUE(another.learn(now, ann, sender.offers().at(0).message));
  const Bytes datagram = say("to all");
  EXPECT_EQ(datagram.size(), 6 + broadcast_overhead_bytes);
  EXPECT_EQ(heard(datagram), "to all");
  EXPECT_TRUE(another.open(now, datagram));
}

TEST_F(SenderKeysOfTwo, EachFrameCountsOnceInAnyOrder) {
  std::vector<Bytes> frames;
  for (int i = 0; i < 500; ++i) frames.push_back(say(std::to_string(i)));
  for (int i = 499; i >= 0; --i) EXPECT_EQ(heard(frames[i]), std::to_string(i));
  for (const auto& frame : frames) EXPECT_EQ(heard(frame), "replayed");
}

TEST_F(SenderKeysOfTwo, WhatWasSaidBeforeTheKeyWasGivenIsOld) {
  const Bytes before = say("before");
  SenderKeys late{eve, random, limits};
  EXPECT_TRUE(late.learn(now, ann, sender.offers().at(0).message));
  const auto opened = late.open(now, before);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), BroadcastError::replayed);
  EXPECT_TRUE(late.open(now, say("after")));
}

TEST_F(SenderKeysOfTwo, AnyChangedOctetIsForgedOrUnknown) {
  const Bytes datagram = say("to all");
  for (std::size_t i = 0; i < datagram.size(); ++i) {
    Bytes damaged = datagram;
    damaged[i] ^= 1;
    const auto outcome = heard(damaged);
    EXPECT_TRUE(outcome == "forged" || outcome == "unknown key" || outcome == "malformed") << i;
  }
  for (std::size_t size = 0; size < broadcast_overhead_bytes; ++size) {
    EXPECT_EQ(heard(BytesView(datagram).first(size)), "malformed");
  }
  EXPECT_EQ(heard(datagram), "to all");
}

TEST_F(SenderKeysOfTwo, NobodyCanOfferAnothersKeyAsItsOwn) {
  SenderKeys third{ben, random, limits};
  EXPECT_TRUE(third.learn(now, eve, sender.offers().at(0).message));
  const auto opened = third.open(now, say("by Ann"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), BroadcastError::forged);
}

TEST_F(SenderKeysOfTwo, TwoSendersMayHaveTheSameKeyId) {
  Bytes same_id = sender.offers().at(0).message;
  same_id.back() ^= 1;
  EXPECT_TRUE(receiver.learn(now, NodeId{}, same_id));
  EXPECT_EQ(heard(say("by Ann")), "by Ann");
}

TEST_F(SenderKeysOfTwo, AKeyIsReplacedByAgeAndNothingIsLost) {
  std::set<std::uint32_t> ids;
  for (int second = 0; second < 4 * 3600; second += 10) {
    const Bytes frame = say("frame");
    ids.insert(id_of(frame));
    pass(1s);
    EXPECT_EQ(heard(frame), "frame") << second;
    pass(9s);
  }
  EXPECT_EQ(ids.size(), 4U);
}

TEST_F(SenderKeysOfTwo, AKeyIsReplacedAfterSoManyFrames) {
  limits.rotate_after_frames = 100;
  SenderKeys busy{ann, random, limits};
  EXPECT_TRUE(receiver.learn(now, ann, busy.offers().at(0).message));
  std::set<std::uint32_t> ids;
  for (int i = 0; i < 1000; ++i) {
    const Bytes frame = busy.seal(now, as_bytes("frame"));
    ids.insert(id_of(frame));
    EXPECT_EQ(heard(frame), "frame") << i;
    now += 50ms;
    busy.advance(now);
    while (auto offer = busy.poll()) EXPECT_TRUE(receiver.learn(now, ann, offer->message));
  }
  EXPECT_GE(ids.size(), 5U);
}

TEST_F(SenderKeysOfTwo, WhoWasNotGivenTheNewKeyIsShutOutAtOnce) {
  sender.replace(now);
  EXPECT_EQ(heard(say("not for Ben")), "unknown key");
  pass(0s);
  EXPECT_EQ(heard(say("for Ben")), "for Ben");
}

TEST_F(SenderKeysOfTwo, AFormerKeyOpensForAWhileOnly) {
  const Bytes in_the_air = say("in the air");
  const Bytes very_late = say("very late");
  sender.replace(now);
  pass(10s);
  EXPECT_EQ(heard(in_the_air), "in the air");
  pass(30s);
  EXPECT_EQ(heard(very_late), "unknown key");
}

TEST_F(SenderKeysOfTwo, OurOwnFramesAreKnownWhenTheyComeBack) {
  const Bytes own = say("echo");
  EXPECT_EQ(sender.open(now, own).error(), BroadcastError::own);
  sender.replace(now);
  EXPECT_EQ(sender.open(now, own).error(), BroadcastError::own);
}

TEST_F(SenderKeysOfTwo, AnOfferToldAgainMakesNothingNew) {
  const Bytes offer = sender.offers().at(0).message;
  const Bytes frame = say("once");
  EXPECT_EQ(heard(frame), "once");
  EXPECT_TRUE(receiver.learn(now, ann, offer));
  EXPECT_EQ(heard(frame), "replayed");
}

TEST_F(SenderKeysOfTwo, OffersThatMakeNoSenseOrAreTooManyAreRefused) {
  const Bytes offer = sender.offers().at(0).message;
  for (std::size_t size = 0; size < offer.size(); ++size) {
    EXPECT_FALSE(receiver.learn(now, eve, BytesView(offer).first(size)));
  }
  limits.senders_max = 1;
  SenderKeys small{ben, random, limits};
  EXPECT_TRUE(small.learn(now, ann, offer));
  EXPECT_FALSE(small.learn(now, eve, offer));
  small.forget(ann);
  EXPECT_TRUE(small.learn(now, eve, offer));
}

}  // namespace
}  // namespace muster::security
