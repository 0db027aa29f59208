// SPDX-License-Identifier: Apache-2.0
// Where few octets matter: contexts made of the keys in both certificates.
#include "tests/security/end_to_end_world.hpp"

namespace muster::security {
namespace {

using test::EndToEndWorld;

struct EndToEndInBrief : ::testing::Test {
  EndToEndInBrief() {
    world.directory.brief = true;
    for (const std::uint8_t number : {1, 2, 3}) world.start(number);
  }
  EndToEndWorld world;
};

TEST_F(EndToEndInBrief, ProvesTheSenderIn52OctetsAndThenIn27) {
  EXPECT_EQ(world.seal(1, 2, "x").size(), 1U + 52U);
  EXPECT_EQ(world.carry(1, 2, "hello"), "hello");
  EXPECT_EQ(world.carry(2, 1, "hello"), "hello");
  EXPECT_EQ(world.carry(1, 2, "again"), "again");
  EXPECT_EQ(world.seal(1, 2, "x").size(), 1U + 27U);
}

TEST_F(EndToEndInBrief, SealsToTheKeyInTheCertificateWhereNoPrekeyIsKnown) {
  world.directory.prekeys[EndToEndWorld::id(2)] = {
      certificate_prekey_id, world.directory.certificate_keys[EndToEndWorld::id(2)]};
  EXPECT_EQ(world.carry(1, 2, "hello"), "hello");
}

TEST_F(EndToEndInBrief, OpensNothingThatIsSaidToBeFromAnother) {
  const Bytes sealed = world.seal(1, 2, "hello");
  EXPECT_EQ(world.open(2, sealed, 3).error(), OpenError::unknown_prekey);
  EXPECT_EQ(world.open(2, sealed).error(), OpenError::unknown_sender);
  ASSERT_TRUE(world.open(2, sealed, 1));
  // Once the context is known, the packet's word for its source counts for nothing.
  const auto opened = world.open(2, world.seal(1, 2, "more"), 3);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->from, EndToEndWorld::id(1));
}

TEST_F(EndToEndInBrief, OpensEachMessageOnce) {
  const Bytes first = world.seal(1, 2, "hello");
  const Bytes second = world.seal(1, 2, "more");
  EXPECT_TRUE(world.open(2, second, 1));
  EXPECT_TRUE(world.open(2, first, 1));
  EXPECT_EQ(world.open(2, first, 1).error(), OpenError::replayed);
}

TEST_F(EndToEndInBrief, ReachesARestartedNodeWithTheSecondMessage) {
  EXPECT_EQ(world.carry(1, 2, "hello"), "hello");
  EXPECT_EQ(world.carry(2, 1, "hello"), "hello");
  world.start(2);
  EXPECT_NE(world.carry(1, 2, "lost"), "lost");
  world.settle(std::chrono::seconds{2});
  EXPECT_EQ(world.carry(1, 2, "again"), "again");
}

TEST_F(EndToEndInBrief, OpensNothingDamaged) {
  const Bytes sealed = world.seal(1, 2, "hello");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes damaged = sealed;
    damaged[i] ^= 0x10;
    EXPECT_FALSE(world.open(2, damaged, 1)) << i;
  }
  EXPECT_TRUE(world.open(2, sealed, 1));
}

}  // namespace
}  // namespace muster::security
