// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <set>
#include <string>

#include "security/sender_keys.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

using security::SenderKeys;

NodeId node(std::size_t number) {
  NodeId id;
  id.octets[0] = static_cast<std::uint8_t>(number + 1);
  return id;
}

/// A node that broadcasts and one that listens, among strangers and repeats.
class Pair {
 public:
  void act(Choices& choices) {
    switch (choices.below(9)) {
      case 0: {
        const std::string text = std::to_string(++number_);
        air_.push_back(sender_.seal(now_, as_bytes(text)));
        if (air_.size() > 32) air_.pop_front();
        break;
      }
      case 1:
        for (const auto& offer : sender_.offers()) {
          (void)listener_.learn(now_, node(0), offer.message);
        }
        break;
      case 2:
        if (!air_.empty()) open(air_[choices.below(air_.size())], true);
        break;
      case 3:
        damaged(choices);
        break;
      case 4:
        open(to_bytes(choices.bytes(80)), false);
        break;
      case 5:
        (void)listener_.learn(now_, node(2 + choices.below(4)), choices.bytes(60));
        break;
      case 6:
        sender_.replace(now_);
        break;
      case 7:
        now_ += choices.pause();
        break;
      case 8:
        listener_.forget(node(choices.below(6)));
        forgot_ = true;
        break;
    }
    rest();
  }

 private:
  void damaged(Choices& choices) {
    if (air_.empty()) return;
    Bytes datagram = air_.back();
    const std::uint8_t change = choices.octet();
    datagram[choices.below(datagram.size())] ^= change;
    open(datagram, change == 0);
  }
  /// What opens was sealed by the sender, and opens once while its key is remembered.
  void open(const Bytes& datagram, bool genuine) {
    const auto opened = listener_.open(now_, datagram);
    if (!opened) return;
    MUST(genuine);
    MUST(opened->from == node(0));
    const bool first = opened_.insert(opened->content).second;
    if (!forgot_) MUST(first);
  }
  void rest() {
    for (SenderKeys* const keys : {&sender_, &listener_}) {
      for (int round = 0; keys->deadline() && *keys->deadline() <= now_; ++round) {
        MUST(round < 100);
        keys->advance(now_);
      }
      // An offer is for the neighbours; here they ask when they like.
      (void)keys->poll();
    }
  }

  TimePoint now_{std::chrono::seconds{1}};
  test::SeededTestRandom random_{1};
  SenderKeys::Limits limits_{.senders_max = 3, .rotate_after_frames = 8};
  SenderKeys sender_{node(0), random_, limits_};
  SenderKeys listener_{node(1), random_, limits_};
  std::deque<Bytes> air_;
  std::set<Bytes> opened_;
  std::uint64_t number_ = 0;
  bool forgot_ = false;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Pair pair;
  for (int acts = 0; choices.left() && acts < 1000; ++acts) pair.act(choices);
}

std::vector<Bytes> seeds() {
  Bytes story{1};
  for (std::uint8_t i = 0; i < 12; ++i) append(story, Bytes{0, 2, i, 7, 20, 3, 1, 9});
  append(story, Bytes{6, 1, 0, 2, 12, 7, 32, 0, 1, 7, 22, 0, 2, 14, 2, 0, 8, 0, 1, 2, 14});
  return {story};
}

}  // namespace muster::fuzz
