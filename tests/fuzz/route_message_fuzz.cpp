// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/route_message.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {

namespace {

mesh::ShortNames roster() {
  mesh::ShortNames names;
  for (std::uint8_t octet = 1; octet < 9; ++octet) {
    NodeId node;
    node.octets.fill(octet);
    names.add(node);
  }
  return names;
}

}  // namespace

void run(BytesView input) {
  const auto names = roster();
  const auto compact = mesh::decode_route_message(input, 2048, &names);
  // With whole NodeIds it may speak of other names.
  if (compact && (compact->names == 0 || compact->names == names.digest())) {
    const auto again = mesh::decode_route_message(mesh::encode(*compact, &names), 4096, &names);
    MUST(again && *again == *compact);
  }
  const auto message = mesh::decode_route_message(input, 2048);
  if (!message) {
    (void)to_string(message.error());
    return;
  }
  const auto again = mesh::decode_route_message(mesh::encode(*message), 2048);
  MUST(again && *again == *message);
}

std::vector<Bytes> seeds() {
  mesh::RouteMessage message;
  message.boot = 1;
  message.after = 6;
  message.upto = 7;
  message.is_newest = true;
  message.wants_after = 3;
  NodeId node;
  node.octets.fill(3);
  message.updates.push_back({node, {{1, 2}, 300}});
  message.updates.push_back({{}, {{1, 2}, mesh::metric_infinity}});
  message.requests.push_back({node, {4, 5}, 9});
  const auto names = roster();
  mesh::RouteMessage named = message;
  named.names = names.digest();
  return {mesh::encode(message), mesh::encode(message, &names), mesh::encode(named),
          mesh::encode(named, &names), mesh::encode(mesh::RouteMessage{})};
}

}  // namespace muster::fuzz
