// SPDX-License-Identifier: Apache-2.0
// What sessions and sender keys do for whole nodes.
#include "security/datagram_type.hpp"
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;
using test::SipPhone;

std::uint64_t counter(FieldNetwork& network, std::size_t host, const std::string& name) {
  for (const auto& each : network.status(host).counters) {
    if (each.name == name) return each.value;
  }
  ADD_FAILURE() << "no counter " << name;
  return 0;
}

class RekeyedChain : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RekeyedChain, CallsAndMessagesGoOnAndNoNeighbourIsLost) {
  FieldNetwork network(3, GetParam(), {0.2, 3ms}, [](std::size_t, Settings& settings) {
    settings.rekey_after = 10s;
    settings.rekey_after_frames = 300;
  });
  FieldPhones phones(network);
  network.chain();
  phones.register_all(3);
  ASSERT_TRUE(
      network.run_until([&] { return network.status(0).users == 3 && network.converged(); }, 30s));
  network.notes.clear();
  std::uint64_t handshakes = 0;
  network.eavesdropper = [&](BytesView datagram) {
    handshakes += datagram[0] == static_cast<std::uint8_t>(security::DatagramType::ik_second);
  };
  phones.tell(0,
              [](SipPhone& phone, TimePoint now) { phone.invite(now, "sip:carol@drill.example"); });
  ASSERT_TRUE(network.run_until([&] { return phones.at(2).talking(); }, 10s));
  for (int i = 0; i < 30; ++i) {
    phones.tell(0, [&](SipPhone& phone, TimePoint now) {
      phone.message(now, "sip:carol@drill.example", std::to_string(i));
    });
    network.run_for(4s);
  }
  EXPECT_EQ(phones.at(2).shown.size(), 30u) << "seed " << GetParam();
  EXPECT_TRUE(phones.at(0).talking() && phones.at(2).talking()) << "seed " << GetParam();
  for (const auto& note : network.notes) {
    EXPECT_EQ(note.find("is silent"), std::string::npos) << note << ", seed " << GetParam();
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(counter(network, i, "hop.unroutable"), 0u) << "seed " << GetParam();
  }
  EXPECT_GE(handshakes, 20u) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RekeyedChain, testing::Range<std::uint64_t>(1, 4));

struct Idle {
  std::uint64_t datagrams = 0;  ///< beacons and broadcasts included
  std::uint64_t octets = 0;
  std::uint64_t broadcasts = 0;
  int routes_lost = 0;
};

/// Ten minutes of six nodes that all hear each other and have nothing to say.
Idle idle_mesh(std::uint64_t seed, bool broadcasts_are_heard) {
  FieldNetwork network(6, seed, {0.1, 3ms});
  for (std::size_t a = 0; a < 6; ++a) {
    for (std::size_t b = a + 1; b < 6; ++b) network.join(a, b);
  }
  const auto is_broadcast = [](BytesView datagram) {
    return datagram[0] == static_cast<std::uint8_t>(security::DatagramType::broadcast);
  };
  network.swallows = [&](const FieldNode::SendLink& frame) {
    return !broadcasts_are_heard && is_broadcast(frame.datagram);
  };
  network.run_for(4min);
  EXPECT_TRUE(network.converged()) << "seed " << seed;
  network.notes.clear();
  Idle idle;
  network.eavesdropper = [&](BytesView datagram) {
    ++idle.datagrams;
    idle.octets += datagram.size();
    idle.broadcasts += is_broadcast(datagram);
  };
  network.run_for(10min);
  for (const auto& note : network.notes) {
    idle.routes_lost += note.find("is out of reach") != std::string::npos;
  }
  return idle;
}

TEST(QuestionsWithoutASession, AreCountedAndDroppedOnALinkWithBeacons) {
  FieldNetwork network(2, 1, {0, 3ms});
  network.join(0, 1);
  network.run_for(5s);
  network.forge(0, 1, Bytes(100, static_cast<std::uint8_t>(security::DatagramType::direct)));
  EXPECT_EQ(counter(network, 1, "direct.unexpected"), 1u);
  EXPECT_EQ(counter(network, 1, "direct.foreign"), 0u);
}

TEST(SenderKeysInAMesh, SaveFramesAndOctetsAndLoseNoRoute) {
  const Idle with = idle_mesh(1, true);
  const Idle without = idle_mesh(1, false);
  RecordProperty("datagrams_with", std::to_string(with.datagrams));
  RecordProperty("datagrams_without", std::to_string(without.datagrams));
  RecordProperty("octets_with", std::to_string(with.octets));
  RecordProperty("octets_without", std::to_string(without.octets));
  EXPECT_GE(with.broadcasts, 6u * 10 * 3);
  EXPECT_LE(without.broadcasts, 6u * 2);  // tried anew now and then
  EXPECT_LT(with.datagrams, without.datagrams);
  EXPECT_LT(with.octets, without.octets);
  EXPECT_EQ(with.routes_lost, 0);
}

/// The refresh is neither acknowledged nor repeated: nodes that miss some of it ask in time.
TEST(SenderKeysInAMesh, RoutesSurviveHeavyLossForAnHour) {
  FieldNetwork network(4, 7, {0.3, 3ms});
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 4; ++b) network.join(a, b);
  }
  network.run_for(1min);
  ASSERT_TRUE(network.converged());
  network.notes.clear();
  std::uint64_t broadcasts = 0;
  network.eavesdropper = [&](BytesView datagram) {
    broadcasts += datagram[0] == static_cast<std::uint8_t>(security::DatagramType::broadcast);
  };
  network.run_for(1h);
  EXPECT_GE(broadcasts, 4u * 200);
  for (const auto& note : network.notes) {
    EXPECT_EQ(note.find("is out of reach"), std::string::npos) << note;
  }
}

}  // namespace
}  // namespace muster::node
