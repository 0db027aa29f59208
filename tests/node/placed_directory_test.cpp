// SPDX-License-Identifier: Apache-2.0
// Whole nodes whose directory lies at two of them only, over several lossy hops.
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;

constexpr std::size_t hosts = 6;

class PlacedDirectory : public testing::TestWithParam<std::uint64_t> {
 protected:
  PlacedDirectory() : network(hosts, GetParam(), {0.2, 3ms}, place), phones(network) {
    network.chain();
    phones.register_all(hosts);
  }
  void SetUp() override {
    ASSERT_TRUE(network.run_until([&] { return reachable() && placed(); }, 60s)) << seed();
    network.run_for(5s);
  }
  static void place(std::size_t, Settings& settings) {
    settings.replicate_to_all_bytes_max = 0;
    settings.copies = 2;
  }
  [[nodiscard]] bool reachable() const {
    for (std::size_t i = 0; i < hosts; ++i) {
      if (network.running(i) && network.status(i).routes < hosts - 1) return false;
    }
    return true;
  }
  [[nodiscard]] bool placed() const {
    for (std::size_t i = 0; i < hosts; ++i) {
      if (network.running(i) && network.status(i).directory_copies_missing > 0) return false;
    }
    return true;
  }
  void message(std::size_t from, std::size_t to, const std::string& text) {
    phones.tell(from, [&](SipPhone& phone, TimePoint now) {
      phone.message(now, "sip:" + test::TestOverlay::user(to) + "@drill.example", text);
    });
  }
  [[nodiscard]] std::string seed() const { return "seed " + std::to_string(GetParam()); }

  FieldNetwork network;
  FieldPhones phones;
};

TEST_P(PlacedDirectory, IsNotAllAtAnyNode) {
  for (std::size_t i = 0; i < hosts; ++i) {
    const auto status = network.status(i);
    EXPECT_EQ(status.directory_spread, "closest");
    EXPECT_EQ(status.directory_copies, 2U);
  }
  std::size_t known = 0;
  for (std::size_t i = 0; i < hosts; ++i) known += network.status(i).users;
  EXPECT_LT(known, hosts * hosts) << seed();
}

TEST_P(PlacedDirectory, EveryUserGetsAMessageFromEveryOther) {
  for (std::size_t from = 0; from < hosts; ++from) {
    for (std::size_t to = 0; to < hosts; ++to) {
      if (from != to) message(from, to, std::to_string(from));
    }
    network.run_for(10s);
  }
  for (std::size_t to = 0; to < hosts; ++to) {
    EXPECT_EQ(phones.at(to).shown.size(), hosts - 1) << to << ", " << seed();
  }
}

TEST_P(PlacedDirectory, AMessageWaitsForWhoComesBackAndFindsHim) {
  network.part(3, 4);
  network.run_for(15s);
  message(0, hosts - 1, "wait for us");
  network.run_for(20s);
  EXPECT_TRUE(phones.at(hosts - 1).shown.empty()) << seed();
  network.join(3, 4);
  EXPECT_TRUE(network.run_until([&] { return !phones.at(hosts - 1).shown.empty(); }, 90s))
      << seed();
}

TEST_P(PlacedDirectory, AUserIsFoundAfterTheHoldersOfHisNameDied) {
  // The chain must hold, so it is its end that dies: holders of somebody, in any case.
  network.kill(hosts - 1);
  network.run_for(60s);
  for (std::size_t to = 1; to + 1 < hosts; ++to) message(0, to, "still there");
  network.run_for(15s);
  for (std::size_t to = 1; to + 1 < hosts; ++to) {
    EXPECT_EQ(phones.at(to).shown.size(), 1U) << to << ", " << seed();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlacedDirectory, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace muster::node
