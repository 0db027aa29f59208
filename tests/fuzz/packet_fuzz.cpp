// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/forwarder.hpp"
#include "core/mesh/packet.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

class OneNextHop final : public mesh::NextHops {
 public:
  std::optional<NodeId> next_hop(const NodeId& destination) const override {
    if (destination.octets[0] % 2 != 0) return std::nullopt;
    return destination;
  }
};

void forward(Choices& choices) {
  const OneNextHop next_hops;
  NodeId self;
  mesh::Forwarder::Limits limits{.waiting_bytes_max = 600, .waiting_packets_max = 5};
  mesh::Forwarder forwarder(self, next_hops, limits);
  TimePoint now{std::chrono::seconds{1}};
  for (int acts = 0; choices.left() && acts < 500; ++acts) {
    NodeId other;
    other.octets[0] = choices.octet();
    mesh::Packet packet;
    packet.source = self;
    packet.destination = other;
    switch (choices.below(4)) {
      case 0:
        packet.payload = to_bytes(choices.bytes(200));
        if (choices.coin()) packet.remaining = std::chrono::milliseconds{choices.below(65536)};
        forwarder.submit(now, packet);
        break;
      case 1:
        forwarder.receive(now, choices.bytes(200), choices.short_pause());
        break;
      case 2:
        forwarder.route_up(now, other);
        break;
      case 3:
        now += choices.short_pause();
        break;
    }
    settle(forwarder, now, [&](const mesh::Forwarder::Output& output) {
      if (const auto* const sent = std::get_if<mesh::Forwarder::Forward>(&output)) {
        MUST(mesh::decode_packet(mesh::encode(sent->packet)));
        MUST(!sent->expires || *sent->expires > now);
      }
    });
    MUST(forwarder.waiting_bytes() <= limits.waiting_bytes_max);
  }
}

}  // namespace

void run(BytesView input) {
  mesh::ShortNames names;
  NodeId known;
  known.octets.fill(2);
  names.add(known);
  if (const auto packet = mesh::decode_packet(input, &names)) {
    const auto again = mesh::decode_packet(mesh::encode(*packet, &names), &names);
    MUST(again && *again == *packet);
  }
  if (const auto packet = mesh::decode_packet(input)) {
    const auto again = mesh::decode_packet(mesh::encode(*packet));
    MUST(again && *again == *packet);
  }
  Choices choices(input);
  forward(choices);
}

std::vector<Bytes> seeds() {
  mesh::Packet packet;
  packet.source.octets.fill(1);
  packet.destination.octets.fill(2);
  packet.remaining = std::chrono::milliseconds{4000};
  packet.payload = Bytes(5, 9);
  Bytes story{1, 1, 60};
  append(story, mesh::encode(packet));
  append(story, Bytes{10, 3, 0, 3, 0, 5, 5, 1, 0, 200, 3, 2, 3, 0, 3, 22});
  mesh::ShortNames names;
  names.add(packet.destination);
  return {mesh::encode(packet), mesh::encode(packet, &names), story};
}

}  // namespace muster::fuzz
