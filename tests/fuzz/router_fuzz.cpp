// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "core/mesh/router.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

using mesh::Router;

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[1] = number;
  id.octets[15] = number;
  return id;
}

/// Of most of them.
mesh::ShortNames roster() {
  mesh::ShortNames names;
  for (std::uint8_t number = 0; number < 10; ++number) names.add(node(number));
  return names;
}

constexpr Router::Limits limits{.destinations_max = 12, .neighbours_max = 4};

/// A router among neighbours that say whatever they like.
class Neighbourhood {
 public:
  Neighbourhood() { router_.set_names(&names_); }
  void act(Choices& choices) {
    const auto who = static_cast<std::uint8_t>(1 + choices.below(6));
    switch (choices.below(7)) {
      case 0:
        router_.neighbour_up(now_, node(who), static_cast<mesh::Cost>(choices.below(65536)));
        if (up_.size() < limits.neighbours_max) up_.insert(node(who));
        break;
      case 1:
        router_.neighbour_down(now_, node(who));
        up_.erase(node(who));
        break;
      case 2:
        router_.neighbour_cost(now_, node(who), static_cast<mesh::Cost>(choices.below(65536)));
        break;
      case 3:
        router_.neighbour_renewed(now_, node(who));
        break;
      case 4:
        router_.receive(now_, node(who), choices.bytes(300));
        break;
      case 5:
        router_.receive(now_, node(who), message(choices));
        break;
      case 6:
        now_ += choices.short_pause();
        break;
    }
    settle(router_, now_, [&](Router::Output& output) { take(output); });
    check_routes();
  }

 private:
  static mesh::RouteVersion version(Choices& choices) {
    return {static_cast<std::uint32_t>(choices.below(4)),
            choices.coin() ? choices.octet() : choices.u32()};
  }
  Bytes message(Choices& choices) {
    mesh::RouteMessage message;
    message.boot = static_cast<std::uint32_t>(1 + choices.below(3));
    message.upto = choices.octet();
    message.after = choices.coin() ? message.upto : message.upto / 2;
    message.is_newest = choices.coin();
    if (choices.coin()) message.wants_after = choices.octet();
    for (std::size_t i = choices.below(5); i > 0; --i) {
      const auto metric = static_cast<mesh::Cost>(choices.below(65536));
      message.updates.push_back(
          {node(static_cast<std::uint8_t>(choices.below(20))), {version(choices), metric}});
    }
    for (std::size_t i = choices.below(4); i > 0; --i) {
      message.requests.push_back(
          {node(static_cast<std::uint8_t>(choices.below(20))), version(choices), choices.octet()});
    }
    const auto speaks = choices.below(4);
    if (speaks < 3) message.names = names_.digest();
    if (speaks == 2) message.names += 1;  // of another roster
    return mesh::encode(message, speaks == 1 || speaks == 2 ? &names_ : nullptr);
  }
  void take(const Router::Output& output) {
    const auto* const send = std::get_if<Router::Send>(&output);
    if (send == nullptr) return;
    MUST(send->message.size() <= limits.message_bytes_max);
    MUST(mesh::decode_route_message(send->message, limits.input_bytes_max, &names_));
  }
  /// Every route leads over a neighbour that is there, and none to ourselves.
  void check_routes() const {
    const auto routes = router_.routes();
    MUST(routes.size() <= limits.destinations_max);
    MUST(!router_.next_hop(node(0)));
    for (const auto& route : routes) {
      MUST(up_.contains(route.next_hop));
      MUST(router_.next_hop(route.destination) == route.next_hop);
      MUST(route.metric != mesh::metric_infinity);
    }
  }

  mesh::ShortNames names_ = roster();
  TimePoint now_{std::chrono::seconds{1}};
  Router router_{node(0), 1, limits, 1};
  std::set<NodeId> up_;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Neighbourhood neighbourhood;
  for (int acts = 0; choices.left() && acts < 1000; ++acts) neighbourhood.act(choices);
}

std::vector<Bytes> seeds() {
  Bytes story{0, 0, 1, 0, 1, 0, 1, 0};  // two neighbours
  append(story, Bytes{0, 5, 0, 1, 1, 0, 2, 2, 0, 1, 5, 1, 0, 9, 1, 0, 0, 7, 2, 0, 0});
  append(story, Bytes{0, 6, 22, 1, 5, 0, 1, 0, 0, 1, 0, 4, 9, 1, 1, 7, 0, 6, 26, 0, 1, 0, 6, 26});
  return {story};
}

}  // namespace muster::fuzz
