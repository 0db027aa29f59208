// SPDX-License-Identifier: Apache-2.0
#include "security/channel_seal.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

NodeId node(std::uint8_t first) {
  NodeId id;
  id.octets.fill(first);
  return id;
}

const NodeId ann = node(1);
const NodeId ben = node(2);
constexpr Key32 overlay_key{7};

class ChannelOfTwo : public testing::Test {
 protected:
  ChannelOfTwo() {
    names.add(ann);
    names.add(ben);
  }
  [[nodiscard]] ChannelSeal start(const NodeId& self, std::uint32_t boot,
                                  const Key32& key = overlay_key) const {
    return {self, boot, key, names};
  }
  mesh::ShortNames names;
};

TEST_F(ChannelOfTwo, HearWhatEachOtherSaysOnce) {
  auto sender = start(ann, 1);
  auto receiver = start(ben, 1);
  for (int i = 0; i < 40; ++i) {
    const Bytes datagram = sender.seal(as_bytes("hello"));
    const auto opened = receiver.open(datagram);
    ASSERT_TRUE(opened) << i;
    EXPECT_EQ(opened->from, ann);
    EXPECT_EQ(as_text(opened->plaintext), "hello");
    EXPECT_EQ(receiver.open(datagram).error(), ChannelError::repeated);
    EXPECT_EQ(sender.open(datagram).error(), ChannelError::own);
  }
}

TEST_F(ChannelOfTwo, PayFourteenOctetsForAFrame) {
  auto sender = start(ann, 1);
  EXPECT_EQ(sender.seal(as_bytes("hello")).size(), 5 + ChannelSeal::whole_overhead_bytes);
  for (int i = 1; i < 16; ++i)
    EXPECT_EQ(sender.seal(as_bytes("hello")).size(), 5 + ChannelSeal::short_overhead_bytes);
  EXPECT_EQ(ChannelSeal::short_overhead_bytes, 14u);
}

TEST_F(ChannelOfTwo, CountWhatTheyMiss) {
  auto sender = start(ann, 1);
  auto receiver = start(ben, 1);
  ASSERT_TRUE(receiver.open(sender.seal(as_bytes("1"))));
  for (int i = 0; i < 3; ++i) static_cast<void>(sender.seal(as_bytes("lost")));
  const auto opened = receiver.open(sender.seal(as_bytes("2")));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->missed, 3u);
}

TEST_F(ChannelOfTwo, TakeNothingDamagedOrOfAnotherOverlay) {
  auto sender = start(ann, 1);
  auto receiver = start(ben, 1);
  static_cast<void>(receiver.open(sender.seal(as_bytes("first"))));
  const Bytes datagram = sender.seal(as_bytes("hello"));
  for (std::size_t i = 0; i < datagram.size(); ++i) {
    Bytes damaged = datagram;
    damaged[i] ^= 0x10;
    EXPECT_FALSE(receiver.open(damaged)) << i;
  }
  auto stranger = start(ann, 1, Key32{8});
  static_cast<void>(stranger.seal(as_bytes("hello")));
  static_cast<void>(stranger.seal(as_bytes("hello")));
  EXPECT_EQ(receiver.open(stranger.seal(as_bytes("hello"))).error(), ChannelError::forged);
  EXPECT_TRUE(receiver.open(datagram)) << "what was refused has changed nothing";
}

TEST_F(ChannelOfTwo, KnowEachOtherAfterARestart) {
  auto receiver = start(ben, 1);
  auto sender = start(ann, 1);
  const Bytes old = sender.seal(as_bytes("old"));
  ASSERT_TRUE(receiver.open(old));
  auto restarted = start(ann, 2);
  static_cast<void>(restarted.seal(as_bytes("lost")));
  const Bytes fresh = restarted.seal(as_bytes("new"));
  ASSERT_TRUE(receiver.open(fresh));
  EXPECT_EQ(receiver.open(old).error(), ChannelError::repeated);
}

TEST_F(ChannelOfTwo, BelieveAStartFarAheadOnlyWhenItIsVouchedFor) {
  auto receiver = start(ben, 1);
  auto sender = start(ann, 1);
  ASSERT_TRUE(receiver.open(sender.seal(as_bytes("1"))));
  auto later = start(ann, 1000);
  const auto far = receiver.open(later.seal(as_bytes("2")));
  ASSERT_TRUE(far);
  EXPECT_TRUE(far->far);
  EXPECT_TRUE(receiver.open(sender.seal(as_bytes("3")))) << "nobody was shut out";
  receiver.vouched(ann, later.next());
  const auto near = receiver.open(later.seal(as_bytes("4")));
  ASSERT_TRUE(near);
  EXPECT_FALSE(near->far);
  EXPECT_FALSE(receiver.open(sender.seal(as_bytes("5"))));
}

TEST_F(ChannelOfTwo, FindTheWholeNumberAgainAfterALongAbsence) {
  auto sender = start(ann, 0x1234);
  auto newcomer = start(ben, 1);
  unsigned heard = 0;
  for (int i = 0; i < 17; ++i) {
    if (newcomer.open(sender.seal(as_bytes("hello")))) ++heard;
  }
  EXPECT_EQ(heard, 17u) << "the first frame of a start is told whole";
  auto later = start(ben, 2);
  unsigned refused = 0;
  for (int i = 0; i < 16; ++i) {
    if (!later.open(sender.seal(as_bytes("hello")))) ++refused;
  }
  EXPECT_LT(refused, 16u) << "and so is each sixteenth";
}

TEST_F(ChannelOfTwo, DropWhatIsNoFrameOrOfNobody) {
  auto receiver = start(ben, 1);
  EXPECT_EQ(receiver.open({}).error(), ChannelError::malformed);
  EXPECT_EQ(receiver.open(from_hex("1301").value()).error(), ChannelError::malformed);
  EXPECT_EQ(receiver.open(from_hex("13030301000100112233445566778899").value()).error(),
            ChannelError::unknown_sender);
  EXPECT_EQ(receiver.counters().malformed, 2u);
  EXPECT_EQ(receiver.counters().unknown, 1u);
}

}  // namespace
}  // namespace muster::security
