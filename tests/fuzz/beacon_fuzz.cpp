// SPDX-License-Identifier: Apache-2.0
#include "discovery/beacon.hpp"
#include "discovery/neighbourhood.hpp"
#include "security/beacon_seal.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

using discovery::Beacon;
using discovery::Neighbourhood;

LinkPath path(Choices& choices) {
  return {LinkId{static_cast<std::uint16_t>(choices.below(3))}, LinkAddress{{choices.octet()}}};
}

void act(Neighbourhood& neighbourhood, Choices& choices, TimePoint& now) {
  NodeId node;
  switch (choices.below(8)) {
    case 0:
      neighbourhood.link_up(now, LinkId{static_cast<std::uint16_t>(choices.below(40))},
                            choices.coin());
      break;
    case 1:
      neighbourhood.link_down(now, LinkId{static_cast<std::uint16_t>(choices.below(40))});
      break;
    case 2: {
      const auto at = path(choices);
      neighbourhood.add_static_peer(now, at.link, at.address);
      break;
    }
    case 3:
      neighbourhood.receive(now, path(choices), choices.bytes(40));
      break;
    case 4: {
      node.octets[0] = choices.octet();
      const Beacon beacon{node, choices.octet(), choices.coin()};
      neighbourhood.receive(now, path(choices), beacon.encode());
      break;
    }
    case 5:
      node.octets[0] = choices.octet();
      neighbourhood.connected(now, node);
      break;
    case 6:
      node.octets[0] = choices.octet();
      neighbourhood.lost(now, node);
      break;
    case 7:
      now += choices.short_pause();
      break;
  }
}

void check_seal(BytesView input) {
  test::SeededTestRandom random(1);
  security::BeaconSealer ours(security::Key32{1}, random);
  security::BeaconSealer theirs(security::Key32{1}, random);
  MUST(!ours.open(input));
  if (input.size() > security::BeaconSealer::Limits{}.plaintext_bytes_max) return;
  MUST(theirs.open(ours.seal(input)) == to_bytes(input));
}

}  // namespace

void run(BytesView input) {
  if (const auto beacon = Beacon::parse(input)) MUST(beacon->encode() == to_bytes(input));
  check_seal(input);

  Choices choices(input);
  TimePoint now{std::chrono::seconds{1}};
  Neighbourhood neighbourhood(Beacon{}, {.nodes_max = 8, .static_peers_max = 4}, 1);
  for (int acts = 0; choices.left() && acts < 1000; ++acts) {
    act(neighbourhood, choices, now);
    settle(neighbourhood, now, [](Neighbourhood::Output& output) {
      if (const auto* const send = std::get_if<Neighbourhood::SendBeacon>(&output)) {
        MUST(Beacon::parse(send->plaintext));
      }
    });
  }
}

std::vector<Bytes> seeds() {
  NodeId node;
  node.octets.fill(7);
  return {Beacon{node, 3, true}.encode(),
          {0, 0, 1, 4, 5, 1, 1, 0, 9, 7, 20, 5, 5, 7, 24, 6, 5, 2, 0, 8, 7, 26, 1, 0, 7, 20}};
}

}  // namespace muster::fuzz
