// SPDX-License-Identifier: Apache-2.0
#include "security/channel_seal.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets.fill(number);
  return id;
}

}  // namespace

/// Whatever comes in between, what a member says is opened, once.
void run(BytesView input) {
  mesh::ShortNames names;
  names.add(node(1));
  names.add(node(2));
  // Inputs hold frames of its first start: one of the same would be the very frame that must be
  // opened later.
  security::ChannelSeal sender(node(1), 2, security::Key32{7}, names);
  security::ChannelSeal receiver(node(2), 1, security::Key32{7}, names);
  Choices choices(input);
  for (int acts = 0; choices.left() && acts < 100; ++acts) {
    const Bytes sealed = sender.seal(choices.bytes(40));
    if (choices.coin()) {
      static_cast<void>(receiver.open(choices.bytes(60)));
      Bytes damaged = sealed;
      damaged[choices.below(damaged.size())] ^= static_cast<std::uint8_t>(1 + choices.below(255));
      static_cast<void>(receiver.open(damaged));
    }
    const auto opened = receiver.open(sealed);
    MUST(opened && !opened->far && opened->from == node(1));
    MUST(!receiver.open(sealed));
  }
}

std::vector<Bytes> seeds() {
  mesh::ShortNames names;
  names.add(node(1));
  security::ChannelSeal sender(node(1), 1, security::Key32{7}, names);
  Bytes story{5};
  append(story, Bytes(5, 3));
  story.push_back(1);
  append(story, sender.seal(as_bytes("hello")));
  return {story, Bytes{20, 1, 2, 3}};
}

}  // namespace muster::fuzz
