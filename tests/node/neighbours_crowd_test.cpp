// SPDX-License-Identifier: Apache-2.0
// Many who hear each other: a few sessions each.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/node/neighbour_world.hpp"

namespace muster::node::test {
namespace {

using namespace std::chrono_literals;

/// Whoever is joined to whom by sessions that are up has a route, as a router would find it.
class JoinedBySessions final : public mesh::NextHops {
 public:
  JoinedBySessions(NeighbourWorld& world, std::uint8_t count, std::uint8_t self)
      : world_(world), count_(count), self_(self) {}
  [[nodiscard]] std::optional<NodeId> next_hop(const NodeId& destination) const override {
    return distance(destination) ? std::optional{destination} : std::nullopt;
  }
  [[nodiscard]] std::optional<mesh::Cost> distance(const NodeId& destination) const override {
    std::map<NodeId, mesh::Cost> found{{NeighbourWorld::id(self_), 0}};
    std::vector<std::uint8_t> next{self_};
    for (std::size_t i = 0; i < next.size(); ++i) {
      const mesh::Cost here = found.at(NeighbourWorld::id(next[i]));
      for (const auto& peer : world_[next[i]].neighbours->peers()) {
        if (!peer.up || !found.try_emplace(peer.id, here + mesh::cost_perfect).second) continue;
        next.push_back(static_cast<std::uint8_t>(peer.id.octets[0] - 1));
      }
    }
    const auto at = found.find(destination);
    return at == found.end() ? std::nullopt : std::optional{at->second};
  }

 private:
  NeighbourWorld& world_;
  std::uint8_t count_;
  std::uint8_t self_;
};

class NeighboursInACrowd : public ::testing::TestWithParam<double> {
 protected:
  static constexpr std::uint8_t count = 40;
  NeighboursInACrowd() : world(count, 5, GetParam()) {
    for (std::uint8_t i = 0; i < count; ++i) {
      routes.push_back(std::make_unique<JoinedBySessions>(world, count, i));
      world[i].neighbours->set_routes(routes.back().get());
    }
  }
  [[nodiscard]] std::size_t up() {
    std::size_t sum = 0;
    for (std::uint8_t i = 0; i < count; ++i) {
      const auto peers = world[i].neighbours->peers();
      sum += static_cast<std::size_t>(
          std::count_if(peers.begin(), peers.end(), [](const auto& peer) { return peer.up; }));
    }
    return sum;
  }
  [[nodiscard]] bool joined() const {
    for (std::uint8_t i = 1; i < count; ++i) {
      if (!routes[0]->distance(NeighbourWorld::id(i))) return false;
    }
    return true;
  }

  NeighbourWorld world;
  std::vector<std::unique_ptr<JoinedBySessions>> routes;
};

TEST_P(NeighboursInACrowd, AreJoinedByAFewSessionsEach) {
  world.run(30s);
  EXPECT_TRUE(joined());
  EXPECT_LE(up(), std::size_t{count} * 10) << "of 40 * 39 that are possible";
}

INSTANTIATE_TEST_SUITE_P(AtLoss, NeighboursInACrowd, ::testing::Values(0.0, 0.2, 0.5));

}  // namespace
}  // namespace muster::node::test
