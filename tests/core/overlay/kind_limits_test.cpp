// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/kind_limits.hpp"

#include <gtest/gtest.h>

#include "core/overlay/churn.hpp"
#include "tests/support/placed_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::PlacedNetwork;

/// What node 1 of `net` stores at node 0.
Verdicts::Each stored(PlacedNetwork& net, Kind kind, const std::string& name, std::size_t writer,
                      std::size_t value_bytes) {
  static std::uint32_t sequence = 0;
  const NodeId id = test::node_id(9000 + writer);
  const auto body =
      Record::encode_body({{kind, name, id}, {1, ++sequence}, 1h, false, Bytes(value_bytes, 1)});
  const auto signature = test::fake_signature(id, Record::signed_text(*body));
  const auto before = net.at(0).counters().over_limits;
  net.at(0).receive_from_node(net.now(), net.id(1),
                              encode(Store{{sequence, 0}, {{0, *body, signature}}}));
  return net.at(0).counters().over_limits > before ? Verdicts::Each::refused : Verdicts::Each::held;
}

TEST(KindLimits, AValueLargerThanItsKindAllowsIsRefused) {
  PlacedNetwork net(2, 1, 0);
  const auto most = limits_of(Kind::sip_binding).value_bytes_max;
  EXPECT_EQ(stored(net, Kind::sip_binding, "a", 1, most), Verdicts::Each::held);
  EXPECT_EQ(stored(net, Kind::sip_binding, "b", 1, most + 1), Verdicts::Each::refused);
  EXPECT_FALSE(net.at(0).put(net.now(), Kind::sip_binding, "c", Bytes(most + 1), 1h));
}

TEST(KindLimits, AResourceHasOnlySoManyWritersButEachMayReplaceItsOwn) {
  PlacedNetwork net(2, 2, 0);
  const auto most = limits_of(Kind::sip_binding).per_resource_max;
  for (std::size_t i = 0; i < most; ++i) {
    EXPECT_EQ(stored(net, Kind::sip_binding, "a", i, 10), Verdicts::Each::held);
  }
  EXPECT_EQ(stored(net, Kind::sip_binding, "a", most, 10), Verdicts::Each::refused);
  EXPECT_EQ(stored(net, Kind::sip_binding, "a", 0, 10), Verdicts::Each::held);
}

TEST(KindLimits, AWriterHasOnlySoManyRecordsOfAKind) {
  PlacedNetwork net(2, 3, 0);
  const auto most = limits_of(Kind::service).per_writer_max;
  for (std::size_t i = 0; i < most; ++i) {
    EXPECT_EQ(stored(net, Kind::service, std::to_string(i), 1, 10), Verdicts::Each::held);
  }
  EXPECT_EQ(stored(net, Kind::service, "one more", 1, 10), Verdicts::Each::refused);
  EXPECT_EQ(stored(net, Kind::service, "of another", 2, 10), Verdicts::Each::held);
}

TEST(KindLimits, AWriterHasOnlySoManyOctets) {
  DirectoryLimits limits;
  limits.bytes_per_writer_max = 3000;
  PlacedNetwork net(2, 4, 0, limits);
  EXPECT_EQ(stored(net, Kind::sip_binding, "a", 1, 1000), Verdicts::Each::held);
  EXPECT_EQ(stored(net, Kind::sip_binding, "b", 1, 1000), Verdicts::Each::held);
  EXPECT_EQ(stored(net, Kind::sip_binding, "c", 1, 1000), Verdicts::Each::refused);
  EXPECT_EQ(stored(net, Kind::sip_binding, "b", 1, 500), Verdicts::Each::held);
}

TEST(Churn, FadesAndCountsEachMember) {
  Churn churn(10min);
  TimePoint now = TimePoint{} + 1h;
  EXPECT_EQ(churn.departure_within(now, 1min, 50), 0);
  for (int i = 0; i < 10; ++i) churn.departed(now);
  const double just_now = churn.departure_within(now, 1min, 50);
  EXPECT_NEAR(just_now, 0.02, 0.001);  // ten of fifty in ten minutes
  EXPECT_LT(churn.departure_within(now + 20min, 1min, 50), just_now / 5);
  EXPECT_EQ(churn.departure_within(now, 1min, 0), 0);
}

TEST(Churn, MakesNodesKeepMoreCopies) {
  PlacedNetwork net(60, 5, 0);
  EXPECT_EQ(net.at(0).copies(), 20U);
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 1; i < 30; ++i) {
      net.at(0).reachable(net.now(), net.id(i), false);
      net.at(0).reachable(net.now(), net.id(i), true);
    }
    net.run_for(15s);
  }
  EXPECT_GT(net.at(0).copies(), 20U);
  net.run_for(2h);
  EXPECT_EQ(net.at(0).copies(), 20U);
}

}  // namespace
}  // namespace muster::overlay
