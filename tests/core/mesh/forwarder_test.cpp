// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/forwarder.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1s};

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return id;
}

class FixedNextHops final : public NextHops {
 public:
  std::map<NodeId, NodeId> hops;
  std::optional<NodeId> next_hop(const NodeId& destination) const override {
    const auto found = hops.find(destination);
    return found == hops.end() ? std::nullopt : std::optional{found->second};
  }
};

Packet packet_between(std::uint8_t source, std::uint8_t destination) {
  Packet packet;
  packet.source = node(source);
  packet.destination = node(destination);
  packet.payload = to_bytes("payload");
  return packet;
}

class ForwarderAtNodeOne : public ::testing::Test {
 protected:
  ForwarderAtNodeOne() { hops.hops[node(9)] = node(2); }
  template <typename T>
  T next() {
    auto output = forwarder.poll();
    EXPECT_TRUE(output && std::holds_alternative<T>(*output));
    return output && std::holds_alternative<T>(*output) ? std::get<T>(*output) : T{};
  }
  FixedNextHops hops;
  Forwarder forwarder{node(1), hops, {}};
};

TEST_F(ForwarderAtNodeOne, SendsAPacketToTheNextHopWithOneHopLess) {
  forwarder.receive(start, encode(packet_between(3, 9)));
  const auto out = next<Forwarder::Forward>();
  EXPECT_EQ(out.next_hop, node(2));
  EXPECT_EQ(out.packet.hop_limit, 31);
  EXPECT_EQ(out.packet.payload, to_bytes("payload"));
  EXPECT_FALSE(out.expires);
}

TEST_F(ForwarderAtNodeOne, SendsWhatItTookBackAnotherWayWithinTheSameTime) {
  auto packet = packet_between(3, 9);
  packet.remaining = 900ms;
  forwarder.receive(start, encode(packet));
  const auto out = next<Forwarder::Forward>();
  hops.hops[node(9)] = node(4);
  forwarder.reroute(start + 400ms, encode(out.packet), out.expires);
  const auto again = next<Forwarder::Forward>();
  EXPECT_EQ(again.next_hop, node(4));
  EXPECT_EQ(again.packet.hop_limit, 31);
  EXPECT_EQ(again.packet.remaining, 500ms);
  EXPECT_EQ(forwarder.counters().rerouted, 1u);
  forwarder.reroute(start + 900ms, encode(out.packet), out.expires);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::expired);
}

TEST_F(ForwarderAtNodeOne, SendsItsOwnPacketWithAllHops) {
  forwarder.submit(start, packet_between(1, 9));
  EXPECT_EQ(next<Forwarder::Forward>().packet.hop_limit, 32);
}

TEST_F(ForwarderAtNodeOne, DeliversWhatIsForItselfEvenOnTheLastHop) {
  Packet packet = packet_between(3, 1);
  packet.hop_limit = 1;
  forwarder.receive(start, encode(packet));
  EXPECT_EQ(next<Forwarder::Deliver>().packet.source, node(3));
}

TEST_F(ForwarderAtNodeOne, DropsWhatHasNoHopLeft) {
  Packet packet = packet_between(3, 9);
  packet.hop_limit = 1;
  forwarder.receive(start, encode(packet));
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::hop_limit);
  EXPECT_EQ(forwarder.counters().hop_limit, 1u);
}

TEST_F(ForwarderAtNodeOne, DropsWhatNamesItselfAsTheSource) {
  forwarder.receive(start, encode(packet_between(1, 9)));
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::own_source);
}

TEST_F(ForwarderAtNodeOne, TakesTheTimeOnTheHopOffTheLife) {
  Packet packet = packet_between(3, 9);
  packet.remaining = 400ms;
  forwarder.receive(start, encode(packet), 30ms);
  const auto out = next<Forwarder::Forward>();
  EXPECT_EQ(out.packet.remaining, 370ms);
  EXPECT_EQ(out.expires, start + 370ms);
}

TEST_F(ForwarderAtNodeOne, DropsWhatHasNoLifeLeft) {
  Packet packet = packet_between(3, 9);
  packet.remaining = 30ms;
  forwarder.receive(start, encode(packet), 30ms);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::expired);
}

TEST_F(ForwarderAtNodeOne, LetsAPacketWaitForARouteAndTakesTheWaitOffItsLife) {
  Packet packet = packet_between(3, 8);
  packet.remaining = 1500ms;
  forwarder.receive(start, encode(packet));
  EXPECT_FALSE(forwarder.poll());
  hops.hops[node(8)] = node(4);
  forwarder.route_up(start + 900ms, node(8));
  const auto out = next<Forwarder::Forward>();
  EXPECT_EQ(out.next_hop, node(4));
  EXPECT_EQ(out.packet.remaining, 600ms);
  EXPECT_EQ(forwarder.waiting_bytes(), 0u);
}

TEST_F(ForwarderAtNodeOne, DropsWhatFoundNoRouteInTime) {
  forwarder.submit(start, packet_between(1, 8));
  EXPECT_EQ(forwarder.deadline(), start + 2s);
  forwarder.advance(start + 1999ms);
  EXPECT_FALSE(forwarder.poll());
  forwarder.advance(start + 2s);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::no_route);
  EXPECT_FALSE(forwarder.deadline());
}

TEST_F(ForwarderAtNodeOne, DropsAWaitingPacketWhenItsLifeEnds) {
  Packet packet = packet_between(1, 8);
  packet.remaining = 400ms;
  forwarder.submit(start, packet);
  forwarder.advance(start + 400ms);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::expired);
}

TEST_F(ForwarderAtNodeOne, KeepsTheRoomForWaitingToThoseOfHigherPrecedence) {
  Packet large = packet_between(1, 8);
  large.payload.resize(30000);
  for (int i = 0; i < 9; ++i) forwarder.submit(start, large);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::no_room);  // the ninth
  large.precedence = Precedence::flash;
  forwarder.submit(start, large);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::no_room);  // the first
  hops.hops[node(8)] = node(4);
  forwarder.route_up(start + 1s, node(8));
  std::vector<Precedence> sent;
  while (auto output = forwarder.poll()) {
    sent.push_back(std::get<Forwarder::Forward>(*output).packet.precedence);
  }
  EXPECT_EQ(sent.size(), 8u);
  EXPECT_EQ(sent.back(), Precedence::flash);
}

TEST_F(ForwarderAtNodeOne, CountsWhatItCannotRead) {
  forwarder.receive(start, Bytes(20, 0x40));
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::malformed);
  EXPECT_EQ(forwarder.counters().malformed, 1u);
}

TEST_F(ForwarderAtNodeOne, RefusesAPacketOfItsOwnThatNoHopCarries) {
  Packet packet = packet_between(1, 9);
  packet.payload.resize(Packet::payload_bytes_max + 1);
  forwarder.submit(start, packet);
  EXPECT_EQ(next<Forwarder::Drop>().reason, DropReason::too_long);
}

}  // namespace
}  // namespace muster::mesh
