// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <set>

#include "core/mesh/delivery.hpp"
#include "core/mesh/delivery_message.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

using mesh::Delivery;

NodeId node(std::size_t number) {
  NodeId id;
  id.octets[0] = static_cast<std::uint8_t>(number + 1);
  return id;
}

/// Two nodes and a mesh between them that loses, doubles, reorders and damages as it is told.
class Pair {
 public:
  void act(Choices& choices) {
    const std::size_t at = choices.below(2);
    switch (choices.below(7)) {
      case 0: {
        const auto precedence = static_cast<Precedence>(choices.below(precedence_count));
        const std::string text = std::to_string(++texts_);
        ends_[at].submit(now_, node(1 - at), as_bytes(text), precedence, choices.short_pause());
        ++submitted_;
        break;
      }
      case 1:
        if (!mesh_[at].empty()) {
          const Bytes payload = mesh_[at].front();
          mesh_[at].pop_front();
          ends_[1 - at].receive(now_, node(at), payload);
        }
        break;
      case 2:
        if (!mesh_[at].empty()) mesh_[at].pop_front();
        break;
      case 3:
        if (!mesh_[at].empty()) {
          const Bytes again = mesh_[at][choices.below(mesh_[at].size())];
          ends_[1 - at].receive(now_, node(at), again);
        }
        break;
      case 4:
        honest_ = false;
        ends_[at].receive(now_, node(choices.below(3)), choices.bytes(100));
        break;
      case 5:
        now_ += choices.short_pause();
        break;
      case 6:
        ends_[at].path_up(now_, node(1 - at));
        break;
    }
    for (std::size_t end : {0, 1}) {
      settle(ends_[end], now_, [&](Delivery::Output& output) { take(end, output); });
    }
  }

 private:
  void take(std::size_t end, Delivery::Output& output) {
    if (auto* const send = std::get_if<Delivery::Send>(&output)) {
      MUST(mesh::decode_delivery(send->payload));
      mesh_[end].push_back(std::move(send->payload));
      if (mesh_[end].size() > 64) mesh_[end].pop_front();
    } else if (const auto* const arrived = std::get_if<Delivery::Arrived>(&output)) {
      if (honest_) MUST(arrived_.insert(arrived->message).second);
    } else {
      MUST(++settled_ <= submitted_);
    }
  }

  TimePoint now_{std::chrono::seconds{1}};
  static Delivery::Limits limits() {
    Delivery::Limits few;
    few.correspondents_max = 3;
    few.arrival_streams_max = 8;
    return few;
  }
  Delivery ends_[2] = {Delivery(limits(), 1, 1), Delivery(limits(), 1, 2)};
  std::deque<Bytes> mesh_[2];
  std::set<Bytes> arrived_;
  std::uint64_t texts_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint64_t settled_ = 0;
  bool honest_ = true;
};

}  // namespace

void run(BytesView input) {
  if (const auto message = mesh::decode_delivery(input)) {
    std::visit([&](const auto& each) { MUST(mesh::encode(each) == to_bytes(input)); }, *message);
  }
  Choices choices(input);
  Pair pair;
  for (int acts = 0; choices.left() && acts < 1000; ++acts) pair.act(choices);
}

std::vector<Bytes> seeds() {
  const Bytes text(3, 'x');
  mesh::DeliveryData data;
  data.boot = 1;
  data.number = 9;
  data.floor = 4;
  data.message = text;
  const Bytes story{0, 0, 0, 25, 0, 0, 2, 26, 0, 1, 0, 1, 1,  1, 1, 2,  0, 5, 20,
                    0, 3, 0, 0,  1, 1, 1, 0,  6, 0, 0, 1, 24, 0, 5, 24, 0, 1};
  return {mesh::encode(data), mesh::encode(mesh::DeliveryAck{.boot = 1, .number = 3, .below = 2}),
          story};
}

}  // namespace muster::fuzz
