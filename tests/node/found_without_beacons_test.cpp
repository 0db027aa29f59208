// SPDX-License-Identifier: Apache-2.0
#include "tests/support/field_network.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;

/// Two nodes in reach of each other that say nothing to everybody: only who is told where the other
/// is can find it.
class FoundWithoutBeacons : public testing::TestWithParam<std::uint64_t> {
 protected:
  FoundWithoutBeacons()
      : network(2, GetParam(), {0.2, 3ms},
                [](std::size_t, Settings& settings) { settings.beacons = false; }) {
    network.join(0, 1);
  }
  [[nodiscard]] bool neighbours() const {
    return network.status(0).neighbours == 1 && network.status(1).neighbours == 1;
  }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
};

TEST_P(FoundWithoutBeacons, NodesThatAreToldNothingStayStrangers) {
  EXPECT_FALSE(network.run_until([&] { return neighbours(); }, 120s)) << seed();
}

TEST_P(FoundWithoutBeacons, ACandidateBecomesANeighbour) {
  network.candidate(0, 1);
  EXPECT_TRUE(network.run_until([&] { return neighbours(); }, 10s)) << seed();
}

TEST_P(FoundWithoutBeacons, NeighboursFindEachOtherAgainAfterBothHaveRestarted) {
  network.candidate(0, 1);
  ASSERT_TRUE(network.run_until([&] { return neighbours(); }, 10s)) << seed();
  network.run_for(5s);
  network.kill(0);
  network.kill(1);
  network.run_for(300s);
  network.start(0);
  network.start(1);
  EXPECT_TRUE(network.run_until([&] { return neighbours(); }, 10s)) << seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, FoundWithoutBeacons, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace muster::node
