// SPDX-License-Identifier: Apache-2.0
// Whole nodes that offer services to each other, in each form of the directory.
#include "core/overlay/place_message.hpp"
#include "core/ports/memory_record_store.hpp"
#include "core/wire/service_record.hpp"
#include "node/rendezvous.hpp"
#include "tests/support/field_network.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;

std::vector<std::string> names(const ServicesReport& report) {
  std::vector<std::string> all;
  for (const auto& offer : report.offers) all.push_back(offer.name);
  return all;
}

/// Five nodes in a row, every fifth frame lost; host-2 and host-5 are gateways.
class Services : public testing::TestWithParam<std::optional<unsigned>> {
 protected:
  static constexpr std::size_t hosts = 5;
  Services()
      : network(hosts, 21, {0.2, 3ms}, [this](std::size_t i, Settings& settings) {
          if (GetParam()) {
            settings.replicate_to_all_bytes_max = 0;
            settings.copies = *GetParam();
          }
          if (i == 1 || (i == 4 && last_offers)) settings.services = {"gateway"};
          settings.services_note = "host number " + std::to_string(i + 1);
        }) {
    network.chain();
  }
  void SetUp() override {
    ASSERT_TRUE(network.run_until([&] { return network.converged(); }, 60s));
  }
  bool last_offers = true;
  FieldNetwork network;
};

TEST_P(Services, AreListedTheNearestFirst) {
  const auto from_first = network.services(0, "gateway");
  EXPECT_EQ(from_first.state, "found");
  ASSERT_EQ(names(from_first), (std::vector<std::string>{"host-2", "host-5"}));
  const auto& near = from_first.offers[0];
  EXPECT_TRUE(near.reachable && near.confirmed && !near.here);
  EXPECT_EQ(near.note, "host number 2");
  EXPECT_GE(near.metric, 256U);
  EXPECT_LT(near.metric, from_first.offers[1].metric);
  EXPECT_GT(near.rtt_ms, 5);
  EXPECT_LT(near.age_s, 120);
  const auto from_last = network.services(4, "");
  ASSERT_EQ(names(from_last), (std::vector<std::string>{"host-5", "host-2"}));
  EXPECT_TRUE(from_last.offers[0].here);
}

TEST_P(Services, ThatNobodyOffersAreSaidToBeNone) {
  const auto none = network.services(0, "time");
  EXPECT_EQ(none.state, "none");
  EXPECT_EQ(none.silent, 0U);
  EXPECT_EQ(none.asked, hosts - 1);
}

TEST_P(Services, AreNotKnownByWhoHasJustStarted) {
  network.kill(0);
  network.start(0);
  EXPECT_EQ(network.services(0, "time").state, "unknown");
  EXPECT_TRUE(network.services(0, "time").listening);
  // What its disk remembers is said all the same, but not as if it were sure.
  const auto remembered = network.services(0, "gateway");
  ASSERT_EQ(remembered.offers.size(), 2U);
  EXPECT_FALSE(remembered.offers[0].confirmed);
  EXPECT_FALSE(remembered.offers[0].reachable);
}

TEST_P(Services, AreWithdrawnWhenTheConfigurationNamesThemNoMore) {
  network.kill(4);
  last_offers = false;
  network.start(4);
  EXPECT_TRUE(network.run_until(
      [&] { return names(network.services(0, "gateway")) == std::vector<std::string>{"host-2"}; },
      30s));
}

TEST_P(Services, OutOfReachComeLastAndAreMarked) {
  network.kill(2);
  network.run_for(60s);
  const auto report = network.services(3, "gateway");
  ASSERT_EQ(names(report), (std::vector<std::string>{"host-5", "host-2"}));
  EXPECT_TRUE(report.offers[0].reachable);
  EXPECT_FALSE(report.offers[1].reachable);
  EXPECT_EQ(report.offers[1].metric, 0U);
}

INSTANTIATE_TEST_SUITE_P(BothForms, Services,
                         testing::Values(std::optional<unsigned>{}, std::optional<unsigned>{2}),
                         [](const auto& test) {
                           return test.param ? std::string{"Placed"} : std::string{"Everybody"};
                         });

/// Few nodes whose kits know of many, on a network that takes a datagram for any address: nobody
/// knows all others.
class ServicesInBuckets : public testing::Test {
 protected:
  static constexpr std::size_t hosts = 5;
  static constexpr std::size_t provisioned = 260;
  ServicesInBuckets()
      : network(
            hosts, 22, {0.02, 3ms},
            [](std::size_t i, Settings& settings) {
              settings.beacons = false;
              settings.peers = {FieldNetwork::node_address(0)};
              if (i == 1 || i == 3) settings.services = {"gateway"};
            },
            {}, provisioned) {
    for (std::size_t a = 0; a < hosts; ++a) {
      for (std::size_t b = a + 1; b < hosts; ++b) network.join(a, b);
    }
    network.run_for(40s);
  }
  FieldNetwork network;
};

TEST_F(ServicesInBuckets, AreLookedUpAndMeasured) {
  ASSERT_EQ(network.status(4).directory_members, "buckets");
  const auto report = network.services(4, "gateway");
  EXPECT_EQ(report.state, "found");
  ASSERT_EQ(report.offers.size(), 2U);
  for (const auto& offer : report.offers) {
    EXPECT_TRUE(offer.reachable) << offer.name;
    EXPECT_GT(offer.rtt_ms, 5) << offer.name;
    EXPECT_LT(offer.rtt_ms, 500) << offer.name;
  }
  EXPECT_EQ(network.services(4, "time").state, "none");
  EXPECT_EQ(network.services(4, "").offers.size(), 2U);
  EXPECT_EQ(network.status(4).neighbours, 0U) << "nobody is met only to be measured";
}

TEST_F(ServicesInBuckets, OutOfReachComeLastAndAreMarked) {
  network.kill(1);
  const auto report = network.services(4, "gateway");
  ASSERT_EQ(names(report), (std::vector<std::string>{"host-4", "host-2"}));
  EXPECT_TRUE(report.offers[0].reachable);
}

TEST_F(ServicesInBuckets, AreNotKnownWhereNobodyAnswers) {
  for (std::size_t i = 0; i < hosts; ++i) {
    if (i != 4) network.kill(i);
  }
  EXPECT_EQ(network.services(4, "time").state, "unknown");
}

/// What node 1 says of services to node 0, signed as it should be.
class ServiceRecords : public testing::Test {
 protected:
  class NoHops final : public mesh::NextHops {
   public:
    [[nodiscard]] std::optional<NodeId> next_hop(const NodeId&) const override {
      return std::nullopt;
    }
  };
  ServiceRecords() {
    rendezvous.start(now, 1, {1, security::x25519_public(overlay.kits[0].x25519_private)});
  }
  void say(const std::string& service, BytesView value) {
    const auto& kit = overlay.kits[1];
    const auto body = overlay::Record::encode_body(
        {{overlay::Kind::service, service, writer}, {1, ++sequence}, 1h, false, to_bytes(value)});
    const auto signature =
        security::ed25519_sign(kit.ed25519_private, overlay::Record::signed_text(*body));
    rendezvous.receive_from_node(
        now, writer, encode(overlay::Store{{sequence, 0}, {{0, *body, BytesView{signature}}}}));
  }
  [[nodiscard]] const overlay::Directory::Counters& counters() const {
    return rendezvous.directory().counters();
  }

  TimePoint now{1000h};
  test::TestOverlay overlay{2};
  NodeId writer = security::node_id_of(overlay.kits[1]);
  security::TrustStore trust = security::trust_store_of(overlay.kits[0], nullptr, nullptr, nullptr);
  NoHops hops;
  ports::MemoryRecordStore store;
  Rendezvous rendezvous{overlay.kits[0], trust, hops, store, {}, 1};
  std::uint32_t sequence = 0;
};

TEST_F(ServiceRecords, AreTakenFromAnyNodeOfTheOverlay) {
  say("gateway", wire::encode(wire::ServiceRecord{"on the hill"}));
  say("a-later-idea", wire::encode(wire::ServiceRecord{}));
  ASSERT_EQ(rendezvous.offers("gateway").size(), 1U);
  EXPECT_EQ(rendezvous.offers("gateway")[0].node, writer);
  EXPECT_EQ(rendezvous.offers("gateway")[0].note, "on the hill");
  EXPECT_EQ(rendezvous.offers("").size(), 2U);
}

TEST_F(ServiceRecords, WhoseNameIsNoneAreRefusedAndCounted) {
  say("user-2@drill.example", wire::encode(wire::ServiceRecord{}));
  say(writer.hex(), wire::encode(wire::ServiceRecord{}));
  EXPECT_EQ(counters().not_allowed, 2U);
  EXPECT_TRUE(rendezvous.offers("").empty());
}

TEST_F(ServiceRecords, ThatSpeakToTerminalsOrAreNoneAreRefusedAndCounted) {
  say("gateway", wire::encode(wire::ServiceRecord{"\x1b[2J"}));
  say("gateway", as_bytes("\x0a\x7f"));
  EXPECT_EQ(counters().unsound, 2U);
  EXPECT_TRUE(rendezvous.offers("").empty());
}

TEST_F(ServiceRecords, BeyondWhatOneNodeMayOfferAreRefusedAndCounted) {
  for (int i = 0; i < 20; ++i) {
    say("a" + std::to_string(i), wire::encode(wire::ServiceRecord{}));
  }
  EXPECT_EQ(counters().over_limits, 4U);
  EXPECT_EQ(rendezvous.offers("").size(), 16U);
}

TEST_F(ServiceRecords, OfThisNodeFollowItsConfiguration) {
  rendezvous.advance(now += 3s);  // it has listened
  rendezvous.offer(now, {"gateway", "relay"}, "here");
  EXPECT_EQ(rendezvous.offers("").size(), 2U);
  rendezvous.offer(now, {"relay"}, "here");
  ASSERT_EQ(rendezvous.offers("").size(), 1U);
  EXPECT_EQ(rendezvous.offers("")[0].service, "relay");
}

}  // namespace
}  // namespace muster::node
