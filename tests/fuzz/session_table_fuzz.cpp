// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include "security/session_table.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/security/session_world.hpp"

namespace muster::fuzz {
namespace {

using security::test::SessionWorld;

/// Three nodes, and somebody who hears everything, sends anything and may know the discovery key.
class Attack {
 public:
  Attack() {
    for (std::uint8_t number : {1, 2, 3}) world_.add(number, 40);
    world_.know_all();
    world_[3].verifier->forget_all();  // met by XX only
  }

  void act(Choices& choices) {
    const auto from = static_cast<std::uint8_t>(1 + choices.below(3));
    const auto to = static_cast<std::uint8_t>(1 + choices.below(3));
    switch (choices.below(10)) {
      case 0:
        if (from != to) world_.connect(from, to);
        break;
      case 1:
        if (from != to) world_.reconnect(from, to);
        break;
      case 2:
        said_.insert(std::to_string(++number_));
        (void)world_.say(from, to, std::to_string(number_));
        break;
      case 3:
        world_.run(choices.short_pause());
        break;
      case 4:
        world_.inject(from, to, choices.bytes(200));
        break;
      case 5:
        world_.inject(from, to, overheard(choices));
        break;
      case 6:
        world_.inject(from, to, damaged(choices));
        break;
      case 7:
        world_.inject(from, to, member_nonsense(choices));
        break;
      case 8:
        world_.start(from);
        break;
      case 9:
        world_.loss = choices.below(3) * 0.4;
        break;
    }
    check();
  }

 private:
  Bytes overheard(Choices& choices) {
    const std::size_t back = choices.below(256);
    return back < world_.sent.size() ? world_.sent[world_.sent.size() - 1 - back].datagram
                                     : Bytes{};
  }
  Bytes damaged(Choices& choices) {
    Bytes datagram = overheard(choices);
    if (!datagram.empty()) datagram[choices.below(datagram.size())] ^= choices.octet();
    datagram.resize(datagram.size() - std::min<std::size_t>(datagram.size(), choices.below(4)));
    return datagram;
  }
  /// A handshake datagram that only the discovery key is needed for.
  Bytes member_nonsense(Choices& choices) {
    const auto type = static_cast<security::DatagramType>(2 + choices.below(6));
    const std::uint32_t sender = choices.u32();
    const std::uint32_t receiver = choices.u32();
    return mac_.seal({type, sender, receiver, choices.bytes(120)});
  }
  /// Nobody but the nodes themselves is ever heard, and everything at most once.
  void check() {
    for (std::uint8_t number : {1, 2, 3}) {
      auto& frames = world_[number].frames;
      for (const auto& frame : frames) {
        MUST(frame.peer.octets[0] != number);
        MUST(said_.erase(std::string{as_text(frame.frame)}) == 1);
      }
      frames.clear();
    }
    if (world_.sent.size() > 4096) world_.sent.erase(world_.sent.begin(), world_.sent.end() - 512);
  }

  SessionWorld world_;
  security::HandshakeMac mac_{security::Key32{9}};
  std::set<std::string> said_;
  std::uint64_t number_ = 0;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Attack attack;
  for (int acts = 0; choices.left() && acts < 200; ++acts) attack.act(choices);
}

std::vector<Bytes> seeds() {
  const Bytes meet{0, 1, 0, 0, 0, 3, 17};
  Bytes talk = meet;
  append(talk, Bytes{0, 1, 2, 1, 0, 2, 0, 0, 3, 17, 0, 1, 5, 3, 0, 1, 6, 2, 9, 1, 0, 0, 3, 20});
  Bytes restart = talk;
  append(restart, Bytes{1, 0, 8, 0, 1, 1, 0, 0, 3, 22, 0, 1, 2, 0, 0, 3, 17});
  Bytes stranger{2, 0, 0, 0, 0, 3, 20, 0, 2, 2, 2, 0, 2, 0, 0, 3, 20};
  const Bytes nonsense{0, 1, 7, 0, 0, 0, 0, 1, 0, 0, 0, 0, 32, 5, 5, 5, 5};
  append(stranger, nonsense);
  return {meet, talk, restart, stranger, nonsense};
}

}  // namespace muster::fuzz
