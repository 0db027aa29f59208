// SPDX-License-Identifier: Apache-2.0
#include "sim/underlay.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
const Bytes hello{1, 2, 3};

IpEndpoint inside(HostIndex host) {
  return {{false, {10, 0, 0, static_cast<std::uint8_t>(host + 1)}, 0}, 7077};
}

/// Host 0 is public, 1 behind an endpoint-independent box, 2 and 3 behind symmetric ones.
Underlay four_hosts() {
  Scenario scenario;
  scenario.hosts.resize(4);
  scenario.hosts[1].nat = Nat::endpoint_independent;
  scenario.hosts[2].nat = Nat::symmetric;
  scenario.hosts[3].nat = Nat::symmetric;
  return {scenario, {inside(0), inside(1), inside(2), inside(3)}, 1};
}

/// As whom the sender appears, if it gets there.
std::optional<IpEndpoint> send(Underlay& underlay, TimePoint now, HostIndex from,
                               const IpEndpoint& to) {
  const auto departure = underlay.depart(now, from, to, hello);
  if (!departure) return std::nullopt;
  const auto delivery = underlay.arrive(now, departure->to, departure->frame);
  if (!delivery) return std::nullopt;
  EXPECT_EQ(Bytes(delivery->datagram.begin(), delivery->datagram.end()), hello);
  return delivery->from;
}

TEST(Underlay, LetsAnswersThroughABoxAndNothingElse) {
  auto underlay = four_hosts();
  const auto seen = send(underlay, start, 1, inside(0));
  ASSERT_TRUE(seen);
  EXPECT_NE(*seen, inside(1));
  EXPECT_TRUE(send(underlay, start + 1s, 0, *seen));
  EXPECT_FALSE(send(underlay, start + 1s, 2, *seen));  // nobody asked him
  EXPECT_EQ(underlay.counters().filtered, 1u);
}

TEST(Underlay, KnowsNoAddressFromBehindABox) {
  auto underlay = four_hosts();
  EXPECT_FALSE(send(underlay, start, 0, inside(1)));
  EXPECT_EQ(underlay.counters().unroutable, 1u);
}

TEST(Underlay, LetsHolesBePunchedWhereMappingsDoNotDependOnTheEndpoint) {
  Scenario scenario;
  scenario.hosts.resize(3);
  scenario.hosts[1].nat = Nat::endpoint_independent;
  scenario.hosts[2].nat = Nat::endpoint_independent;
  Underlay underlay(scenario, {inside(0), inside(1), inside(2)}, 1);
  const auto one = send(underlay, start, 1, inside(0));
  const auto two = send(underlay, start, 2, inside(0));
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(send(underlay, start + 1s, 1, *two));  // opens the way back
  EXPECT_EQ(send(underlay, start + 1s, 2, *one), two);
  EXPECT_EQ(send(underlay, start + 1s, 1, *two), one);
}

TEST(Underlay, LetsNoHolesBePunchedBetweenSymmetricBoxes) {
  auto underlay = four_hosts();
  const auto two = send(underlay, start, 2, inside(0));
  const auto three = send(underlay, start, 3, inside(0));
  ASSERT_TRUE(two && three);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(send(underlay, start + 1s, 2, *three));
    EXPECT_FALSE(send(underlay, start + 1s, 3, *two));
  }
}

TEST(Underlay, JudgesADatagramWhenItArrives) {
  auto underlay = four_hosts();
  const auto one = send(underlay, start, 1, inside(0));
  const auto two = send(underlay, start, 2, inside(0));
  const auto on_the_way = underlay.depart(start + 1s, 2, *one, hello);
  const auto other = underlay.depart(start + 1s + 10ms, 0, *one, hello);
  EXPECT_TRUE(underlay.arrive(start + 1s + 30ms, other->to, other->frame));
  EXPECT_FALSE(underlay.arrive(start + 1s + 30ms, on_the_way->to, on_the_way->frame));
  EXPECT_FALSE(underlay.arrive(start + 2s, 0, Bytes{1, 2}));  // changed on the way
  EXPECT_TRUE(two);
}

TEST(NatBox, ForgetsAMappingThatIsNotUsedFromInside) {
  NatBox box(Nat::endpoint_independent, {false, {198, 18, 0, 1}, 0}, 1);
  const auto seen = box.outbound(start, inside(1), inside(0));
  ASSERT_TRUE(seen);
  EXPECT_TRUE(box.inbound(start + 119s, inside(0), seen->port));
  EXPECT_FALSE(box.inbound(start + 120s, inside(0), seen->port));
}

TEST(NatBox, KeepsItsPortForEverybodyUnlessItIsSymmetric) {
  NatBox cone(Nat::endpoint_independent, {false, {198, 18, 0, 1}, 0}, 1);
  NatBox symmetric(Nat::symmetric, {false, {198, 18, 0, 2}, 0}, 1);
  EXPECT_EQ(cone.outbound(start, inside(5), inside(0)), cone.outbound(start, inside(5), inside(1)));
  EXPECT_NE(symmetric.outbound(start, inside(5), inside(0)),
            symmetric.outbound(start, inside(5), inside(1)));
  EXPECT_EQ(symmetric.outbound(start, inside(5), inside(0)),
            symmetric.outbound(start, inside(5), inside(0)));
}

TEST(NatBox, RefusesMoreCorrespondentsThanItHasRoomFor) {
  NatBox box(Nat::symmetric, {false, {198, 18, 0, 1}, 0}, 1, {2min, 2});
  EXPECT_TRUE(box.outbound(start, inside(9), inside(0)));
  EXPECT_TRUE(box.outbound(start, inside(9), inside(1)));
  EXPECT_FALSE(box.outbound(start, inside(9), inside(2)));
  EXPECT_TRUE(box.outbound(start + 3min, inside(9), inside(2)));
}

TEST(Underlay, PutsTheScenariosSharesBehindBoxes) {
  Scenario scenario;
  scenario.hosts.resize(200);
  scenario.layout.nat_endpoint_independent = 0.4;
  scenario.layout.nat_symmetric = 0.4;
  std::vector<IpEndpoint> addresses;
  for (HostIndex host = 0; host < 200; ++host) addresses.push_back(inside(host));
  const Underlay underlay(scenario, addresses, 1);
  std::map<Nat, int> count;
  for (HostIndex host = 0; host < 200; ++host) ++count[underlay.nat(host)];
  EXPECT_EQ(count[Nat::none], 40);
  EXPECT_EQ(count[Nat::symmetric], 80);
  EXPECT_EQ(underlay.reachable().size(), 40u);
}

}  // namespace
}  // namespace muster::sim
