// SPDX-License-Identifier: Apache-2.0
#include "node/user_prekeys.hpp"

#include <algorithm>

#include "core/ports/memory_state_store.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view alice = "alice@drill.example";
constexpr auto day = 24h;

/// Keeps what was replaced readable until it is erased, as a disk does.
class DiskWithTraces final : public ports::StateStore {
 public:
  bool put(std::string_view name, BytesView value) override {
    if (const auto old = store.find(name)) traces.push_back(*old);
    return store.put(name, value);
  }
  std::optional<Bytes> find(std::string_view name) const override { return store.find(name); }
  bool erase_replaced() override {
    if (!busy) traces.clear();
    return !busy;
  }
  [[nodiscard]] bool holds(BytesView octets) const {
    const auto in = [&](const Bytes& value) {
      return std::search(value.begin(), value.end(), octets.begin(), octets.end()) != value.end();
    };
    const auto stored = store.find("user_prekeys");
    return (stored && in(*stored)) || std::any_of(traces.begin(), traces.end(), in);
  }

  ports::MemoryStateStore store;
  std::vector<Bytes> traces;
  bool busy = false;
};

class UserPrekeysOfANode : public testing::Test {
 protected:
  UserPrekeys start(std::vector<std::string> users = {std::string{alice}}) {
    UserPrekeys keys(disk, random, {});
    keys.start(now, users);
    return keys;
  }
  /// Advances as whoever drives it would.
  void run(UserPrekeys& keys, Duration duration) {
    const TimePoint end = now + duration;
    while (*keys.deadline() <= end) {
      now = std::max(now, *keys.deadline());
      news += keys.advance(now);
    }
    now = end;
  }
  static bool opens(const UserPrekeys& keys, const security::Prekey& prekey) {
    const auto all = keys.all(alice);
    return std::any_of(all.begin(), all.end(), [&](const security::Secret32& key) {
      return security::x25519_public(key.octets) == prekey.public_key;
    });
  }

  TimePoint now{1h};
  unsigned news = 0;
  DiskWithTraces disk;
  test::SeededTestRandom random{5};
};

TEST_F(UserPrekeysOfANode, AreTheSameAfterARestart) {
  const auto before = start().newest(alice);
  ASSERT_TRUE(before);
  EXPECT_EQ(start().newest(alice), before);
}

TEST_F(UserPrekeysOfANode, AreRenewedAfterThirtyDaysOfPower) {
  auto keys = start();
  const auto first = keys.newest(alice);
  run(keys, 29 * day);
  EXPECT_EQ(keys.newest(alice), first);
  run(keys, 2 * day);
  EXPECT_NE(keys.newest(alice), first);
  EXPECT_EQ(news, 1u);
  EXPECT_EQ(keys.newest(alice)->id, 2u);
}

TEST_F(UserPrekeysOfANode, OpenWhatWasSealedBeforeTheRenewalForThirtyEightDays) {
  auto keys = start();
  const auto first = *keys.newest(alice);
  run(keys, 30 * day);
  run(keys, 37 * day);
  EXPECT_TRUE(opens(keys, first));
  run(keys, 2 * day);
  EXPECT_FALSE(opens(keys, first));
  EXPECT_EQ(keys.counters().erased, 1u);
}

TEST_F(UserPrekeysOfANode, AreErasedFromTheDiskToo) {
  auto keys = start();
  const auto first = keys.all(alice).at(0);
  run(keys, 30 * day);
  EXPECT_TRUE(disk.holds(first.octets));
  run(keys, 39 * day);
  EXPECT_FALSE(disk.holds(first.octets));
  EXPECT_TRUE(disk.holds(keys.all(alice).at(0).octets));
}

TEST_F(UserPrekeysOfANode, AreErasedAnHourLaterWhereSomebodyReadsTheDisk) {
  auto keys = start();
  const auto first = keys.all(alice).at(0);
  disk.busy = true;
  run(keys, 69 * day);
  EXPECT_TRUE(disk.holds(first.octets)) << "in a trace";
  EXPECT_GE(keys.counters().erase_failures, 1u);
  disk.busy = false;
  run(keys, 1h);
  EXPECT_FALSE(disk.holds(first.octets));
}

TEST_F(UserPrekeysOfANode, CountPowerOverRestarts) {
  const auto first = start().newest(alice);
  for (int i = 0; i < 31; ++i) {
    auto keys = start();
    run(keys, day);
  }
  EXPECT_NE(start().newest(alice), first);
}

TEST_F(UserPrekeysOfANode, AreNeverMoreThanFourForAUser) {
  auto keys = start();
  for (int i = 0; i < 400; ++i) run(keys, day);
  EXPECT_LE(keys.all(alice).size(), 4u);
  EXPECT_GE(keys.all(alice).size(), 2u);
}

TEST_F(UserPrekeysOfANode, AreNotShownBeforeTheyAreStored) {
  disk.store.fail = true;
  auto keys = start();
  EXPECT_FALSE(keys.newest(alice));
  EXPECT_TRUE(keys.all(alice).empty());
  EXPECT_EQ(keys.counters().store_failures, 1u);
  disk.store.fail = false;
  run(keys, 1h);
  EXPECT_TRUE(keys.newest(alice));
  EXPECT_EQ(news, 1u);
}

TEST_F(UserPrekeysOfANode, OfAUserWhoHasMovedAwayAreErased) {
  const auto of_alice = start({std::string{alice}, "bob@drill.example"}).all(alice).at(0);
  EXPECT_EQ(start({"bob@drill.example"}).counters().erased, 1u);
  EXPECT_FALSE(disk.holds(of_alice.octets));
  EXPECT_TRUE(start().all("bob@drill.example").empty());
  EXPECT_EQ(start().newest(alice)->id, 1u);
}

TEST_F(UserPrekeysOfANode, AreMadeAnewWhenWhatWasStoredIsDamaged) {
  const auto before = start().newest(alice);
  Bytes stored = disk.find("user_prekeys").value();
  stored.pop_back();
  ASSERT_TRUE(disk.put("user_prekeys", stored));
  auto keys = start();
  EXPECT_EQ(keys.counters().unreadable_stored, 1u);
  EXPECT_TRUE(keys.newest(alice));
  EXPECT_NE(keys.newest(alice), before);
}

}  // namespace
}  // namespace muster::node
