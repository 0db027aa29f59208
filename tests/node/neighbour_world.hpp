// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/ports/memory_state_store.hpp"
#include "node/neighbours.hpp"
#include "tests/security/session_world.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::node::test {

/// Nodes on one link, all hearing all, in virtual time; every datagram may be lost.
class NeighbourWorld {
 public:
  struct Node {
    std::unique_ptr<security::test::PaperVerifier> verifier;
    ports::MemoryStateStore state;
    std::unique_ptr<Neighbours> neighbours;
    std::vector<Neighbours::Arrived> arrived;
    std::map<NodeId, int> ups;
    std::map<NodeId, int> downs;
    int renewed = 0;
    std::uint64_t unicasts = 0;
    std::uint64_t broadcasts = 0;  ///< beacons left out
  };

  NeighbourWorld(std::uint8_t count, std::uint64_t seed, double its_loss,
                 Neighbours::Limits limits = {})
      : loss(its_loss), limits_(limits), chance_(seed), secrets_(seed), nodes_(count) {
    std::vector<security::VerifiedNode> roster;
    for (std::uint8_t i = 0; i < count; ++i) {
      const auto local = local_of(i);
      roster.push_back(authority_.issue(local.certificate_der, i + 1, local.x25519_private));
    }
    for (std::uint8_t i = 0; i < count; ++i) {
      nodes_[i].verifier = std::make_unique<security::test::PaperVerifier>(authority_);
      for (const auto& node : roster) nodes_[i].verifier->add(node);
      start(i);
    }
  }

  /// As after its disk was replaced: it counts its boots from 1 again.
  void set_up_anew(std::uint8_t i) {
    boots_[i] = 0;
    nodes_[i].state = {};
    start(i);
  }
  void start(std::uint8_t i) {
    ++boots_[i];
    nodes_[i].neighbours = std::make_unique<Neighbours>(local_of(i), *nodes_[i].verifier, secrets_,
                                                        chance_.next(), limits_, &nodes_[i].state);
    nodes_[i].neighbours->link_up(now, LinkId{0}, 1352);
    drain(i);
  }
  static NodeId id(std::uint8_t i) {
    NodeId node;
    node.octets = {static_cast<std::uint8_t>(i + 1)};
    return node;
  }
  Node& operator[](std::uint8_t i) { return nodes_[i]; }

  void send(std::uint8_t from, std::uint8_t to, BytesView content, radio::Reliability reliability,
            Precedence precedence = Precedence::routine,
            std::optional<TimePoint> expires = std::nullopt) {
    nodes_[from].neighbours->send(now, id(to), HopChannel::packet, content, precedence, reliability,
                                  expires);
    drain(from);
  }
  void send_to_all(std::uint8_t from, std::string_view content) {
    nodes_[from].neighbours->send_to_all(now, HopChannel::route, as_bytes(content),
                                         Precedence::flash, std::nullopt);
    drain(from);
  }
  void inject(std::uint8_t from, std::uint8_t to, BytesView datagram) {
    nodes_[to].neighbours->receive(now, path(from), datagram);
    drain(to);
  }
  void run(Duration duration) {
    const TimePoint end = now + duration;
    for (;;) {
      std::optional<TimePoint> next;
      if (!in_air_.empty()) next = in_air_.begin()->first;
      for (const auto& node : nodes_) next = earlier(next, node.neighbours->deadline());
      if (!next || *next > end) break;
      now = std::max(now, *next);
      while (!in_air_.empty() && in_air_.begin()->first <= now) {
        const auto flying = in_air_.extract(in_air_.begin()).mapped();
        inject(flying.from, flying.to, flying.datagram);
      }
      for (std::uint8_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].neighbours->advance(now);
        drain(i);
      }
    }
    now = end;
  }
  [[nodiscard]] bool all_up() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
      const auto peers = node.neighbours->peers();
      return peers.size() + 1 == nodes_.size() &&
             std::all_of(peers.begin(), peers.end(), [](const auto& peer) { return peer.up; });
    });
  }

  TimePoint now{std::chrono::hours{1}};
  double loss;
  /// Whether node `to` does not hear broadcasts.
  std::function<bool(std::uint8_t to)> deaf = [](std::uint8_t) { return false; };
  std::vector<Bytes> broadcasts;  ///< all that ever were on the air

 private:
  struct Flying {
    std::uint8_t from;
    std::uint8_t to;
    Bytes datagram;
  };

  [[nodiscard]] security::LocalNode local_of(std::uint8_t i) {
    security::LocalNode local;
    local.id = id(i);
    local.certificate_der = Bytes(500, static_cast<std::uint8_t>(i + 1));
    local.x25519_private = security::Key32{0, static_cast<std::uint8_t>(i + 1)};
    local.discovery_key = security::Key32{9};
    local.boot = boots_[i];
    return local;
  }
  static LinkPath path(std::uint8_t i) { return {LinkId{0}, LinkAddress{Bytes{i}}}; }

  void drain(std::uint8_t i) {
    Node& node = nodes_[i];
    while (auto output = node.neighbours->poll()) {
      if (auto* frame = std::get_if<Neighbours::SendFrame>(&*output)) {
        transmit(i, *frame);
      } else if (auto* arrived = std::get_if<Neighbours::Arrived>(&*output)) {
        node.arrived.push_back(std::move(*arrived));
      } else if (const auto* up = std::get_if<Neighbours::Up>(&*output)) {
        ++node.ups[up->peer];
      } else if (const auto* down = std::get_if<Neighbours::Down>(&*output)) {
        ++node.downs[down->peer];
      } else if (std::holds_alternative<Neighbours::Renewed>(*output)) {
        ++node.renewed;
      }
    }
  }
  void transmit(std::uint8_t from, const Neighbours::SendFrame& frame) {
    const bool sender_key =
        frame.datagram[0] == static_cast<std::uint8_t>(security::DatagramType::broadcast);
    if (sender_key) broadcasts.push_back(frame.datagram);
    nodes_[from].unicasts += frame.to.has_value();
    nodes_[from].broadcasts += sender_key;
    for (std::uint8_t to = 0; to < nodes_.size(); ++to) {
      if (to == from || (frame.to && frame.to->octets != Bytes{to})) continue;
      if ((sender_key && deaf(to)) || chance_.unit() < loss) continue;
      in_air_.emplace(now + std::chrono::milliseconds{3}, Flying{from, to, frame.datagram});
    }
  }

  Neighbours::Limits limits_;
  SeededRandom chance_;
  muster::test::SeededTestRandom secrets_;
  security::test::PaperAuthority authority_;
  std::map<std::uint8_t, std::uint32_t> boots_;
  std::vector<Node> nodes_;
  std::multimap<TimePoint, Flying> in_air_;
};

}  // namespace muster::node::test
