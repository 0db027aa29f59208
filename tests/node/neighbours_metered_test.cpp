// SPDX-License-Identifier: Apache-2.0
// Neighbours on a channel of 1200 bit/s that all share.
#include <algorithm>
#include <set>
#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "tests/node/neighbour_world.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::NeighbourWorld;

struct SlowWorld : NeighbourWorld {
  explicit SlowWorld(std::uint8_t count, std::uint64_t seed = 1, Neighbours::Limits limits = {})
      : NeighbourWorld(count, seed, 0, limits, radio::find_packet_radio("afsk1200")->profile, 240) {
  }
};

Bytes numbered(std::uint32_t number, std::size_t octets) {
  return ByteWriter{}.u32(number).raw(Bytes(octets - 4)).take();
}

/// Sends a message of that precedence each 90 s while `background` goes on; how long each took.
template <typename Background>
std::vector<Duration> times_of_flash(SlowWorld& world, std::uint32_t count, Background background) {
  world[1].arrived.clear();
  constexpr std::uint32_t flash = 1'000'000;
  std::vector<Duration> times;
  for (std::uint32_t i = 0; i < count; ++i) {
    const TimePoint sent = world.now;
    world.send(0, 1, numbered(flash + i, 600), radio::Reliability::reliable, Precedence::flash);
    std::optional<Duration> took;
    while (world.now < sent + 90s) {
      background(world);
      world.run(500ms);
      if (took) continue;
      for (const auto& each : world[1].arrived) {
        if (ByteReader(each.content).u32() == flash + i) took = world.now - sent;
      }
    }
    times.push_back(took.value_or(Duration::max()));
  }
  std::sort(times.begin(), times.end());
  return times;
}

TEST(NeighboursOnASlowChannel, FindEachOtherWithinAFewExchanges) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SlowWorld world(2, seed);
    world.run(45s);
    EXPECT_TRUE(world.all_up()) << seed;
  }
}

TEST(NeighboursOnASlowChannel, LeaveNearlyAllOfItFreeWhenTheyHaveNothingToSay) {
  for (const std::uint8_t count : {2, 5}) {
    SlowWorld world(count);
    world.run(30min);
    ASSERT_TRUE(world.all_up());
    const Duration before = world.airtime;
    world.run(2h);
    const double share = static_cast<double>((world.airtime - before).count()) /
                         static_cast<double>(Duration{2h}.count());
    EXPECT_LT(share, 0.04) << int{count};
    EXPECT_TRUE(world.all_up());
  }
}

TEST(NeighboursOnASlowChannel, KeepFlashAheadUnderTenTimesTheLoadTheChannelCarries) {
  SlowWorld world(2);
  world.run(10min);
  ASSERT_TRUE(world.all_up());
  const auto idle = times_of_flash(world, 20, [](SlowWorld&) {});
  // 1200 bit/s are 150 octets a second; 1500 are offered.
  std::uint32_t number = 0;
  const auto flooded = times_of_flash(world, 20, [&](SlowWorld& busy) {
    busy.send(0, 1, numbered(number++, 750), radio::Reliability::reliable);
  });
  const auto p95 = [](const std::vector<Duration>& times) {
    return times[times.size() * 95 / 100];
  };
  RecordProperty("idle_ms", static_cast<int>(p95(idle) / 1ms));
  RecordProperty("flooded_ms", static_cast<int>(p95(flooded) / 1ms));
  // A frame of ROUTINE under way is not cut short.
  EXPECT_LE(p95(flooded), p95(idle) * 3 / 2);
  EXPECT_GT(world[1].arrived.size(), flooded.size() + 20) << "ROUTINE starves";
}

/// A route to everybody.
struct AllReachable final : mesh::NextHops {
  [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override {
    return destination;
  }
};

TEST(NeighboursOnASlowChannel, MakeSessionsWithAFewOfManyWhoseRoutesTheyKnow) {
  const AllReachable routes;
  SlowWorld world(12);
  for (std::uint8_t i = 0; i < 12; ++i) world[i].neighbours->set_routes(&routes);
  world.run(2h);
  std::size_t sessions = 0;
  for (std::uint8_t i = 0; i < 12; ++i) {
    const auto peers = world[i].neighbours->peers();
    EXPECT_GE(peers.size(), 3u) << int{i};
    sessions += peers.size();
  }
  EXPECT_LE(sessions, 12u * 9) << "of 12 * 11 that are possible";
}

TEST(NeighboursOnASlowChannel, MakeSessionsWithAllToWhomThereIsNoOtherRoute) {
  SlowWorld world(6);
  world.run(1h);
  EXPECT_TRUE(world.all_up());
}

}  // namespace
}  // namespace muster::node
