// SPDX-License-Identifier: Apache-2.0
// Whole meshes of routers: loop-freedom at every step, convergence after every fault.
#include "core/mesh/router.hpp"
#include "tests/core/mesh/router_simulator.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::node_id;
using test::RouterSimulator;

void make_chain(RouterSimulator& mesh) {
  for (std::size_t i = 0; i + 1 < mesh.size(); ++i) mesh.connect(i, i + 1);
}

void make_grid(RouterSimulator& mesh, std::size_t width) {
  for (std::size_t i = 0; i < mesh.size(); ++i) {
    if (i % width + 1 < width) mesh.connect(i, i + 1);
    if (i + width < mesh.size()) mesh.connect(i, i + width);
  }
}

TEST(RouterMesh, ChainOfTenConvergesInTwoSecondsOverTheShortestPath) {
  RouterSimulator mesh{10, 1};
  make_chain(mesh);
  const auto took = mesh.run_until_converged(10s);
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, 2s);
  EXPECT_EQ(mesh.walk(0, 9), 9u);
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, ChainGoesOnAfterANodeInTheMiddleRestarts) {
  RouterSimulator mesh{4, 2};
  make_chain(mesh);
  mesh.run(30s);
  mesh.restart(1);
  const auto took = mesh.run_until_converged(10s);
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, 2s);
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, NodeWhoseBootCountWasLostIsReachedAgain) {
  RouterSimulator mesh{5, 3};
  make_chain(mesh);
  mesh.run(20s);
  for (int i = 0; i < 5; ++i) {
    mesh.restart(0);
    mesh.run(20s);
  }
  mesh.restart(0, 1);
  const auto took = mesh.run_until_converged(20s);
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, 3s);
}

TEST(RouterMesh, LostNodeIsForgottenWithoutCountingToInfinity) {
  RouterSimulator mesh{9, 4};
  make_grid(mesh, 3);
  mesh.connect(0, 4);
  mesh.run(60s);
  const auto messages = mesh.messages();
  mesh.cut(8, 5, 100ms);
  mesh.cut(8, 7, 100ms);
  mesh.run(1s);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(mesh.router(i).next_hop(node_id(8)), std::nullopt);
  EXPECT_LT(mesh.messages() - messages, 400u);
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, PathThatIsLongerThanTheLostOneIsFoundByRequest) {
  RouterSimulator mesh{8, 5};  // a ring: the other way round is infeasible at first
  make_chain(mesh);
  mesh.connect(7, 0);
  mesh.run(10s);
  mesh.cut(0, 1, 50ms);
  const auto took = mesh.run_until_converged(10s);
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, 3s);
  EXPECT_EQ(mesh.walk(0, 1), 7u);
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, QuietMeshSendsOnlyItsRefresh) {
  RouterSimulator mesh{16, 6};
  make_grid(mesh, 4);
  mesh.run(60s);
  const auto before = mesh.messages();
  mesh.run(160s);
  // 24 links, both ways, one message per 16 s.
  EXPECT_LE(mesh.messages() - before, 24u * 2u * 13u);
}

TEST(RouterMesh, GridOfFortyNineConvergesWithFewMessagesPerDestination) {
  RouterSimulator mesh{49, 8};
  make_grid(mesh, 7);
  const auto took = mesh.run_until_converged(10s);
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, 3s);
  // 84 links both ways: what is learnt within 50 ms travels in one message.
  EXPECT_LT(mesh.messages(), 84u * 2u * 49u / 2u);
  EXPECT_EQ(mesh.walk(0, 48), 12u);
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, PathsAreNearlyTheCheapestOnceCostsHaveSettled) {
  RouterSimulator mesh{16, 7};
  make_grid(mesh, 4);
  mesh.run(30s);
  SeededRandom random{7};
  for (int i = 0; i < 200; ++i) {
    const std::size_t at = random.below(15);
    if (at % 4 < 3) mesh.set_cost(at, at + 1, static_cast<Cost>(256 + random.below(800)));
    mesh.run(500ms);
  }
  mesh.run(30s);
  double worst = 0;
  for (std::size_t from = 0; from < 16; ++from) {
    for (std::size_t to = 0; to < 16; ++to) {
      const double stretch =
          1.0 * mesh.walk_cost(from, to).value_or(99999) / std::max(mesh.cheapest(from, to), 1u);
      worst = std::max(worst, stretch);
    }
  }
  EXPECT_LE(worst, 1.2);  // an eighth is let be
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

TEST(RouterMesh, RelaysThatRestartWhileTheMeshIsTornApartMakeNoLoop) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RouterSimulator mesh{8, seed};
    for (std::size_t a = 0; a < 8; ++a)
      for (std::size_t b = a + 1; b < std::min<std::size_t>(8, a + 4); ++b) mesh.connect(a, b);
    mesh.run(20s);
    for (const std::size_t there : {2u, 3u, 5u})
      for (const std::size_t here : {0u, 1u, 4u, 6u, 7u}) mesh.cut(there, here);
    mesh.run(3500ms);
    mesh.restart(0);
    mesh.restart(2);
    EXPECT_TRUE(mesh.run_until_converged(70s).has_value());
    EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
  }
}

/// Links flap, costs wander, nodes restart and messages vanish, at random.
class RouterChaos : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RouterChaos, NeverLoopsAndConvergesWhenQuiet) {
  const std::uint64_t seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandom random{seed};
  const std::size_t count = 5 + random.below(12);
  RouterSimulator mesh{count, seed};
  std::set<std::pair<std::size_t, std::size_t>> up;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b) {
      if (b == a + 1 || random.unit() < 0.2) pairs.emplace_back(a, b);
    }
  }
  mesh.set_loss(0.1);
  for (int step = 0; step < 150; ++step) {
    const auto pair = pairs[random.below(pairs.size())];
    const auto cost = static_cast<Cost>(256 + random.below(1000));
    const double what = random.unit();
    if (what < 0.06) {
      mesh.restart(random.below(count));
    } else if (!up.contains(pair)) {
      mesh.connect(pair.first, pair.second, cost);
      up.insert(pair);
    } else if (what < 0.5) {
      mesh.cut(pair.first, pair.second);
      up.erase(pair);
    } else {
      mesh.set_cost(pair.first, pair.second, cost);
    }
    mesh.run(Duration{static_cast<Duration::rep>(random.below(1'500'000'000))});
  }
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
  mesh.set_loss(0);
  EXPECT_TRUE(mesh.run_until_converged(90s).has_value());
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

/// Without lost messages, one fault at a time in a random mesh.
void heal_ten_faults(std::uint64_t seed, const Router::Limits& limits, Duration within) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandom random{seed};
  RouterSimulator mesh{20, seed, limits};
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < 20; ++a) {
    for (std::size_t b = a + 1; b < 20; ++b) {
      if (b != a + 1 && random.unit() > 0.12) continue;
      pairs.emplace_back(a, b);
      mesh.connect(a, b, static_cast<Cost>(256 + random.below(600)));
    }
  }
  mesh.run(40s);
  for (int fault = 0; fault < 10; ++fault) {
    const auto pair = pairs[random.below(pairs.size())];
    mesh.cut(pair.first, pair.second, 1ms);
    const auto without = mesh.run_until_converged(10s);
    ASSERT_TRUE(without.has_value());
    EXPECT_LE(*without, within) << "cut " << pair.first << "-" << pair.second;
    mesh.run(3s);
    mesh.connect(pair.first, pair.second, static_cast<Cost>(256 + random.below(600)));
    mesh.run(3s);
    mesh.restart(random.below(20));
    const auto restarted = mesh.run_until_converged(10s);
    ASSERT_TRUE(restarted.has_value());
    EXPECT_LE(*restarted, within + 1s);  // 0.8 s of it until all neighbours have noticed
    mesh.run(3s);
  }
  EXPECT_THAT(mesh.loops(), ::testing::IsEmpty());
}

class RouterFault : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RouterFault, IsHealedSoonAfterItIsNoticed) {
  Router::Limits calm;
  calm.unrest.begins = 1e9;
  heal_ten_faults(GetParam(), calm, 2s);
}

/// A fault every few seconds makes a mesh restless: word of it then goes with the rounds.
TEST_P(RouterFault, IsHealedWithinThreeSecondsInARestlessMesh) {
  Router::Limits restless;
  restless.unrest.begins = 1;
  heal_ten_faults(GetParam(), restless, 3s);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RouterFault, ::testing::Range<std::uint64_t>(1, 21));
INSTANTIATE_TEST_SUITE_P(Seeds, RouterChaos, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace muster::mesh
