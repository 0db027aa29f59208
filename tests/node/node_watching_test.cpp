// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;
using Kind = NodeEvent::Kind;

/// Two nodes with a phone each, and whoever watches them.
class WatchedPair : public testing::Test {
 protected:
  WatchedPair() : network(2, 7, {0.1, 3ms}), phones(network) {
    network.chain();
    phones.register_all(2);
  }
  void settle() {
    ASSERT_TRUE(network.run_until(
        [&] { return network.status(0).users == 2 && network.converged(); }, 30s));
  }
  [[nodiscard]] long count(std::size_t node, const NodeEvent& wanted) const {
    return std::count_if(network.events.begin(), network.events.end(), [&](const auto& seen) {
      return seen.first == node && seen.second.kind == wanted.kind &&
             seen.second.from == wanted.from && seen.second.to == wanted.to &&
             seen.second.node == wanted.node;
    });
  }
  FieldNetwork network;
  FieldPhones phones;
};

TEST_F(WatchedPair, SeesLinksNeighboursAndRegistrations) {
  settle();
  EXPECT_EQ(count(0, {.kind = Kind::link_up}), 1);
  EXPECT_EQ(count(0, {.kind = Kind::neighbour_up, .node = "host-2"}), 1);
  EXPECT_EQ(count(0, {.kind = Kind::node_reachable, .node = "host-2"}), 1);
  EXPECT_GE(count(0, {.kind = Kind::registered, .from = "alice@drill.example"}), 1);
}

TEST_F(WatchedPair, SeesACallFromOfferToEndAtBothEnds) {
  settle();
  phones.tell(0,
              [](SipPhone& phone, TimePoint now) { phone.invite(now, "sip:bob@drill.example"); });
  ASSERT_TRUE(
      network.run_until([&] { return phones.at(0).talking() && phones.at(1).talking(); }, 5s));
  phones.tell(0, [](SipPhone& phone, TimePoint now) { phone.hang_up(now); });
  ASSERT_TRUE(network.run_until([&] { return phones.at(1).byes == 1; }, 5s));
  network.run_for(1s);
  for (const std::size_t node : {0, 1}) {
    for (const Kind kind : {Kind::call_offered, Kind::call_answered, Kind::call_ended}) {
      EXPECT_EQ(
          count(node, {.kind = kind, .from = "alice@drill.example", .to = "bob@drill.example"}), 1)
          << to_string(kind) << " at " << node;
    }
  }
}

TEST_F(WatchedPair, SeesThatAMessageIsKeptAndLaterDelivered) {
  settle();
  network.part(0, 1);
  network.run_for(10s);
  phones.tell(0, [](SipPhone& phone, TimePoint now) {
    phone.message(now, "sip:bob@drill.example", "are you there");
  });
  network.run_for(6s);
  const NodeEvent kept{
      .kind = Kind::message_stored, .from = "alice@drill.example", .to = "bob@drill.example"};
  EXPECT_EQ(count(0, kept), 1);
  network.join(0, 1);
  NodeEvent delivered = kept;
  delivered.kind = Kind::message_delivered;
  EXPECT_TRUE(network.run_until([&] { return count(0, delivered) == 1; }, 20s));
}

TEST_F(WatchedPair, HealthIsWrittenReadBackAndTakenByTheOtherNode) {
  EXPECT_TRUE(network.check_health(0).listening);
  settle();
  const auto before = network.status(0).directory_digest;
  const auto health = network.check_health(0);
  EXPECT_TRUE(health.put && health.got && !health.listening && !health.from_before);
  EXPECT_NE(network.status(0).directory_digest, before);
  EXPECT_TRUE(network.run_until([&] { return network.converged(); }, 10s));
}

TEST_F(WatchedPair, HealthIsNotWrittenTooOften) {
  settle();
  const auto first = network.check_health(0);
  const auto second = network.check_health(0);
  EXPECT_TRUE(second.from_before && second.got);
  EXPECT_EQ(second.sequence, first.sequence);
  network.run_for(FieldNode::health_check_pause);
  EXPECT_GT(network.check_health(0).sequence, first.sequence);
}

TEST_F(WatchedPair, HealthFailsWhenTheDiskDoes) {
  settle();
  network.fail_records(0, true);
  EXPECT_FALSE(network.check_health(0).put);
}

TEST_F(WatchedPair, LinksCountWhatPasses) {
  settle();
  const auto links = network.ask<std::vector<LinkReport>>(0, Question::links);
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].link, "radio0");
  EXPECT_TRUE(links[0].up);
  EXPECT_EQ(links[0].mtu, 1400u);
  EXPECT_GT(links[0].frames_sent, 0u);
  EXPECT_GT(links[0].bytes_received, links[0].frames_received);
}

}  // namespace
}  // namespace muster::node
