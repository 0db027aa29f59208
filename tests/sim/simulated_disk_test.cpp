// SPDX-License-Identifier: Apache-2.0
#include "sim/simulated_disk.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

ports::StoredRecord record(const std::string& name, std::uint32_t sequence = 1) {
  ports::StoredRecord made;
  made.key = to_bytes(name);
  made.sequence = sequence;
  return made;
}

TEST(SimulatedDisk, LosesInAPowerCutOnlyTheNewestRecords) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedDisk disk;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(disk.records().put(record(std::to_string(i))));
    SeededRandom chance(seed);
    disk.cut_power(chance);
    const auto left = disk.records().load_all();
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].key, to_bytes(std::to_string(i))) << "seed " << seed;
    }
  }
}

TEST(SimulatedDisk, BringsBackTheRecordThatAnUnsyncedOneReplaced) {
  SimulatedDisk disk;
  EXPECT_TRUE(disk.records().put(record("one", 1)));
  EXPECT_TRUE(disk.state().put("synced", {}));
  EXPECT_TRUE(disk.records().put(record("one", 2)));
  EXPECT_TRUE(disk.records().erase(to_bytes("one")));
  bool seen_first = false;
  for (std::uint64_t seed = 0; seed < 50 && !seen_first; ++seed) {
    SeededRandom chance(seed);
    if (chance.below(3) != 0) continue;
    SeededRandom same(seed);
    disk.cut_power(same);
    ASSERT_EQ(disk.records().load_all().size(), 1u);
    EXPECT_EQ(disk.records().load_all()[0].sequence, 1u);
    seen_first = true;
  }
  EXPECT_TRUE(seen_first);
}

TEST(SimulatedDisk, KeepsWhatASyncedWriteTookAlong) {
  SimulatedDisk disk;
  EXPECT_TRUE(disk.records().put(record("one")));
  EXPECT_TRUE(disk.seen().put_seen({"id", 1}));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededRandom chance(seed);
    disk.cut_power(chance);
  }
  EXPECT_EQ(disk.records().load_all().size(), 1u);
  EXPECT_EQ(disk.seen().load_seen().size(), 1u);
}

TEST(SimulatedDisk, RefusesEveryWriteWhileItIsFull) {
  SimulatedDisk disk;
  disk.set_full(true);
  EXPECT_FALSE(disk.records().put(record("one")));
  EXPECT_FALSE(disk.state().put("boot", {}));
  EXPECT_FALSE(disk.messages().put({}));
  EXPECT_FALSE(disk.seen().put_seen({}));
  disk.set_full(false);
  EXPECT_TRUE(disk.records().put(record("one")));
}

TEST(SimulatedDisk, KnowsWhatItCarries) {
  SimulatedDisk disk;
  ports::StoredMessage message;
  message.from = "alice@drill.example";
  message.to = "bob@drill.example";
  message.request = to_bytes("MESSAGE sip:bob@drill.example SIP/2.0\r\n\r\nwait for us");
  EXPECT_TRUE(disk.messages().put(message));
  EXPECT_EQ(disk.carried(),
            std::vector{SimulatedDisk::message_name(message.from, message.to, "wait for us")});
  EXPECT_EQ(disk.message_bytes(), message.request.size());
}

}  // namespace
}  // namespace muster::sim
