// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/on_demand_mesh.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets.fill(number);
  return id;
}

struct Roster : mesh::ShortNames {
  Roster() {
    for (std::uint8_t i = 1; i < 8; ++i) add(node(i));
  }
};

/// What can be read is written the same again.
void read(BytesView input, const Roster& names) {
  const auto frame = mesh::decode_on_demand_frame(input, node(2), names);
  if (!frame) return;
  const Bytes written = mesh::encode(*frame, node(2), names);
  const auto again = mesh::decode_on_demand_frame(written, node(2), names);
  MUST(again && again->index() == frame->index());
  MUST(mesh::encode(*again, node(2), names) == written);
}

void carry(Choices& choices, const Roster& names) {
  mesh::OnDemandMesh::Limits limits;
  limits.carried_max = 4;
  limits.seen_max = 8;
  limits.questions_max = 4;
  limits.control_max = 4;
  mesh::OnDemandMesh one(node(1), names, limits, 1);
  TimePoint now{std::chrono::seconds{1}};
  std::uint16_t number = 0;
  for (int acts = 0; choices.left() && acts < 500; ++acts) {
    switch (choices.below(4)) {
      case 0: {
        mesh::OnDemandMesh::Packet packet;
        packet.destination = node(static_cast<std::uint8_t>(2 + choices.below(6)));
        packet.number.number = ++number;
        packet.payload = Bytes(1 + choices.below(40));
        one.submit(now, std::move(packet));
        break;
      }
      case 1: {
        const auto from = static_cast<std::uint8_t>(2 + choices.below(6));
        const auto missed = static_cast<std::uint32_t>(choices.below(5));
        one.receive(now, node(from), missed, choices.bytes(60));
        break;
      }
      case 2:
        now += choices.short_pause() * 100;
        one.advance(now);
        break;
      case 3:
        for (int i = 0; i < 20 && one.wants(now); ++i) MUST(!one.take(now).plaintext.empty());
        break;
    }
    while (one.poll()) {
    }
    const auto due = one.deadline(now);
    MUST(!due || *due >= TimePoint{});
  }
}

}  // namespace

void run(BytesView input) {
  const Roster names;
  read(input, names);
  Choices choices(input);
  carry(choices, names);
}

std::vector<Bytes> seeds() {
  const Roster names;
  mesh::CarriedPacket packet;
  packet.to = node(1);
  packet.source = node(3);
  packet.destination = node(4);
  const Bytes payload(6, 9);
  packet.payload = payload;
  const Bytes frame = mesh::encode(packet, node(2), names);
  Bytes story{0, 3, 10, 3, 1, 0, 1, static_cast<std::uint8_t>(frame.size())};
  append(story, frame);
  append(story, Bytes{3, 2, 200, 3, 2, 250, 3});
  return {frame,
          mesh::encode(mesh::HopAcknowledgement{node(1), {1, 2}}, node(2), names),
          mesh::encode(mesh::WayRequest{node(5), node(3), 1, 8, 4}, node(2), names),
          mesh::encode(mesh::WayReply{node(1), node(1), node(5), 1, 8}, node(2), names),
          mesh::encode(mesh::NoWay{node(1), node(5)}, node(2), names),
          mesh::encode(mesh::Announcement{}, node(2), names),
          story};
}

}  // namespace muster::fuzz
