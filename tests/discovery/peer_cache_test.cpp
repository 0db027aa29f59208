// SPDX-License-Identifier: Apache-2.0
#include "discovery/peer_cache.hpp"

#include "core/ports/memory_state_store.hpp"

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{std::chrono::seconds{50}};
constexpr std::string_view stored_name = "peer-cache";

PeerCache::Peer peer(std::uint8_t number, const std::string& interface = "wlan0",
                     std::uint8_t address = 0) {
  NodeId id;
  id.octets[0] = number;
  return {id, interface, {Bytes{10, 77, 0, address == 0 ? number : address}}};
}

/// Counts how often it is written to.
class CountingStore final : public ports::StateStore {
 public:
  bool put(std::string_view name, BytesView value) override {
    ++writes;
    return store.put(name, value);
  }
  std::optional<Bytes> find(std::string_view name) const override { return store.find(name); }

  ports::MemoryStateStore store;
  int writes = 0;
};

TEST(PeerCache, KnowsAfterARestartWhereNeighboursWere) {
  CountingStore store;
  PeerCache before{store, {}};
  before.note(start, peer(1));
  before.note(start, peer(1, "eth0"));
  before.note(start, peer(2));
  before.advance(start + 30s);
  const PeerCache after{store, {}};
  EXPECT_EQ(after.peers(), (std::vector{peer(1), peer(1, "eth0"), peer(2)}));
  EXPECT_EQ(after.counters().damaged, 0u);
}

TEST(PeerCache, KeepsTheLatestAddressOfANodeOnAnInterface) {
  CountingStore store;
  PeerCache cache{store, {}};
  cache.note(start, peer(1, "wlan0", 7));
  cache.note(start, peer(1, "wlan0", 8));
  EXPECT_EQ(cache.peers(), std::vector{peer(1, "wlan0", 8)});
}

TEST(PeerCache, IsWrittenAtOnceThenEveryThirtySecondsAtMostAndOnlyWhenItChanges) {
  CountingStore store;
  PeerCache cache{store, {}};
  cache.note(start, peer(1));
  EXPECT_EQ(store.writes, 1);
  EXPECT_EQ(cache.deadline(), std::nullopt);
  for (std::uint8_t i = 2; i < 12; ++i) cache.note(start + i * 1s, peer(i));
  EXPECT_EQ(store.writes, 1);
  ASSERT_EQ(cache.deadline(), start + 30s);
  cache.advance(start + 29s);
  EXPECT_EQ(store.writes, 1);
  cache.advance(start + 30s);
  EXPECT_EQ(store.writes, 2);
  for (std::uint8_t i = 1; i < 12; ++i) cache.note(start + 100s, peer(i));
  EXPECT_EQ(store.writes, 2);
}

TEST(PeerCache, ForgetsWhoeverWasNotedLongestAgo) {
  CountingStore store;
  PeerCache cache{store, {.peers_max = 3}};
  for (std::uint8_t i = 1; i <= 3; ++i) cache.note(start, peer(i));
  cache.note(start + 1s, peer(1));
  cache.note(start + 1s, peer(4));
  EXPECT_EQ(cache.peers(), (std::vector{peer(3), peer(1), peer(4)}));
}

TEST(PeerCache, TriesAgainWhenTheStoreRefuses) {
  CountingStore store;
  store.store.fail = true;
  PeerCache cache{store, {}};
  cache.note(start, peer(1));
  EXPECT_EQ(cache.counters().not_written, 1u);
  store.store.fail = false;
  ASSERT_EQ(cache.deadline(), start + 30s);
  cache.advance(start + 30s);
  EXPECT_EQ(PeerCache(store, {}).peers(), std::vector{peer(1)});
}

TEST(PeerCache, StartsEmptyWhereWhatWasStoredIsDamaged) {
  CountingStore store;
  PeerCache written{store, {}};
  written.note(start, peer(1));
  const Bytes good = *store.find(stored_name);
  for (std::size_t size = 0; size < good.size(); ++size) {
    if (size == 1) continue;  // a cache without peers
    ASSERT_TRUE(store.put(stored_name, BytesView{good}.first(size)));
    const PeerCache cache{store, {}};
    EXPECT_TRUE(cache.peers().empty()) << size;
    EXPECT_EQ(cache.counters().damaged, 1u) << size;
  }
}

TEST(PeerCache, StartsEmptyWhereANodeIsStoredTwiceOnAnInterface) {
  CountingStore store;
  PeerCache{store, {}}.note(start, peer(1));
  Bytes twice = *store.find(stored_name);
  const Bytes entry(twice.begin() + 1, twice.end());
  append(twice, entry);
  ASSERT_TRUE(store.put(stored_name, twice));
  const PeerCache cache{store, {}};
  EXPECT_TRUE(cache.peers().empty());
  EXPECT_EQ(cache.counters().damaged, 1u);
}

TEST(PeerCache, TakesNoMoreFromTheStoreThanItsLimit) {
  CountingStore store;
  PeerCache large{store, {}};
  for (std::uint8_t i = 1; i <= 10; ++i) large.note(start, peer(i));
  large.advance(start + 30s);
  const PeerCache small{store, {.peers_max = 5}};
  EXPECT_TRUE(small.peers().empty());
  EXPECT_EQ(small.counters().damaged, 1u);
}

}  // namespace
}  // namespace muster::discovery
