// SPDX-License-Identifier: Apache-2.0
// Many directories, links that come and go, messages that vanish: they end up the same.
#include <gtest/gtest.h>

#include "core/overlay/directory.hpp"
#include "tests/support/directory_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::DirectoryNetwork;

void put_some(DirectoryNetwork& net, std::size_t each, std::string_view tag) {
  for (std::size_t i = 0; i < net.size(); ++i) {
    for (std::size_t n = 0; n < each; ++n) {
      const std::string name = "user-" + std::to_string(i) + "-" + std::to_string(n);
      net.at(i).put(net.now(), Kind::sip_binding, name, as_bytes(std::string(tag) + name), 10h);
    }
  }
}

class DirectoryConvergence : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DirectoryConvergence, ChainIsAlikeAfterFlappingLinksSettle) {
  DirectoryNetwork net(GetParam());
  net.add(8);
  net.chain();
  net.loss = 0.25;
  for (int round = 0; round < 12; ++round) {
    put_some(net, 2, "round " + std::to_string(round));
    const auto cut = net.random().below(net.size() - 1);
    net.disconnect(cut, cut + 1);
    net.run_for(std::chrono::milliseconds{net.random().below(3000)});
    net.connect(cut, cut + 1);
    net.run_for(std::chrono::milliseconds{net.random().below(500)});
  }
  net.loss = 0;
  EXPECT_TRUE(net.converges_within(60s)) << "seed " << GetParam();
  EXPECT_EQ(net.at(0).records(), 16U);
}

TEST_P(DirectoryConvergence, EveryFourthMessageLostForGoodDelaysButDoesNotPrevent) {
  DirectoryNetwork net(GetParam());
  net.add(6);
  net.chain();
  net.loss = 0.25;
  put_some(net, 10, "x");
  net.run_for(3s);
  EXPECT_TRUE(net.converges_within(5min)) << "seed " << GetParam();
  EXPECT_EQ(net.at(5).records(), 60U);
}

TEST_P(DirectoryConvergence, RandomGraphIsAlikeAfterPartitionAndHeal) {
  DirectoryNetwork net(GetParam());
  net.add(12);
  for (std::size_t i = 1; i < net.size(); ++i) net.connect(i, net.random().below(i));
  for (int extra = 0; extra < 8; ++extra) {
    const auto a = net.random().below(net.size());
    const auto b = net.random().below(net.size());
    if (a != b) net.connect(a, b);
  }
  put_some(net, 3, "before");
  net.run_for(5s);
  EXPECT_TRUE(net.converges_within(10s)) << "seed " << GetParam();
  for (std::size_t a = 0; a < 6; ++a) {
    for (std::size_t b = 6; b < 12; ++b) net.disconnect(a, b);
  }
  put_some(net, 3, "apart");
  for (std::size_t i = 0; i < 12; i += 3)
    net.at(i).remove(net.now(), Kind::sip_binding, "user-" + std::to_string(i) + "-0");
  net.run_for(60s);
  for (std::size_t i = 1; i < 12; ++i) net.connect(i - 1, i);
  EXPECT_TRUE(net.converges_within(5s)) << "seed " << GetParam();
  EXPECT_EQ(net.at(7).all(Kind::sip_binding).size(), 32U);
}

TEST_P(DirectoryConvergence, RestartingNodesAreAlikeAgain) {
  DirectoryNetwork net(GetParam());
  net.add(6);
  net.chain();
  put_some(net, 5, "first");
  net.run_for(4s);
  for (int round = 0; round < 6; ++round) {
    const std::size_t victim = net.random().below(net.size());
    net.kill(victim);
    net.run_for(5s);
    net.boot(victim);
    net.at(victim).put(net.now(), Kind::node, "host", as_bytes("again"), 1h);
    if (victim > 0) net.connect(victim - 1, victim);
    if (victim + 1 < net.size()) net.connect(victim, victim + 1);
    net.run_for(3s);
  }
  EXPECT_TRUE(net.converges_within(10s)) << "seed " << GetParam();
  for (std::size_t i = 0; i < net.size(); ++i) EXPECT_TRUE(net.node(i).alarms.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, DirectoryConvergence, testing::Range<std::uint64_t>(1, 13));

TEST(DirectoryNetworks, TwoLargeIslandsMergeWithinSecondsOfMeeting) {
  DirectoryNetwork net(77);
  net.add(8);
  for (std::size_t i = 1; i < 4; ++i) net.connect(i - 1, i);
  for (std::size_t i = 5; i < 8; ++i) net.connect(i - 1, i);
  put_some(net, 150, "x");
  net.run_for(60s);
  EXPECT_EQ(net.at(0).records(), 600U);
  net.connect(3, 4);
  EXPECT_TRUE(net.converges_within(10s));
  EXPECT_EQ(net.at(7).records(), 1200U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_LE(net.node(i).largest_message, 8192U);
}

TEST(DirectoryNetworks, ALastingDisagreementCostsLittleEvenOnASlowLink) {
  for (const Duration delay : {Duration{20ms}, Duration{1500ms}, Duration{4s}}) {
    DirectoryNetwork net(79);
    net.delay = delay;
    net.add(3);
    net.node(0).policy.shut_out.insert(net.id(2));  // node 0 takes nothing that node 2 writes
    net.chain();
    put_some(net, 10, "x");
    net.run_for(5min);
    EXPECT_EQ(net.at(0).records(), 20U);
    EXPECT_EQ(net.at(1).records(), 30U);
    const auto before = net.bytes_sent();
    net.run_for(10min);
    // Forty rounds at most, each a summary or two and one listing of thirty records.
    EXPECT_LE(net.bytes_sent() - before, 40U * 2 * 1200) << delay.count();
  }
}

TEST(DirectoryNetworks, AllIsWellOnALinkSlowerThanEveryTimer) {
  DirectoryNetwork net(80);
  net.delay = 4s;
  net.add(3);
  net.chain();
  put_some(net, 60, "x");
  EXPECT_TRUE(net.converges_within(5min));
  net.run_for(1min);
  EXPECT_EQ(net.at(0).records(), 180U);
}

TEST(DirectoryNetworks, ConvergedNodesSayLittle) {
  DirectoryNetwork net(78);
  net.add(4);
  net.chain();
  put_some(net, 50, "x");
  net.run_for(5min);
  const auto before = net.bytes_sent();
  net.run_for(5min);
  // Six directions, a summary of 18 octets in each at most every 15 s.
  EXPECT_LE(net.bytes_sent() - before, 6U * 20 * 18 + 400);
}

}  // namespace
}  // namespace muster::overlay
