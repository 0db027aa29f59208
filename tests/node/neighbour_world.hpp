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

/// Nodes on one link, all hearing all, in virtual time; every datagram may be lost. On a link with
/// a profile they share one half-duplex channel: their modems wait until it is free.
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
                 Neighbours::Limits limits = {}, const radio::LinkProfile& profile = {},
                 std::size_t datagram_bytes_max = 1352)
      : loss(its_loss),
        limits_(limits),
        profile_(profile),
        datagram_bytes_max_(datagram_bytes_max),
        chance_(seed),
        secrets_(seed),
        nodes_(count) {
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
    nodes_[i].neighbours->link_up(now, LinkId{0}, datagram_bytes_max_, true, profile_);
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
        if (flying.for_it) {
          inject(flying.from, flying.to, flying.datagram);
        } else {
          nodes_[flying.to].neighbours->overheard(now, LinkId{0}, flying.datagram.size());
          drain(flying.to);
        }
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
  Duration airtime{};  ///< that all together have used of a link with a profile
  /// Whether node `to` does not hear broadcasts.
  std::function<bool(std::uint8_t to)> deaf = [](std::uint8_t) { return false; };
  std::vector<Bytes> broadcasts;  ///< all that ever were on the air

 private:
  struct Flying {
    std::uint8_t from;
    std::uint8_t to;
    Bytes datagram;
    bool for_it = true;
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
    const TimePoint free_at = carry(frame.datagram.size());
    for (std::uint8_t to = 0; to < nodes_.size(); ++to) {
      const bool for_it = !frame.to || frame.to->octets == Bytes{to};
      if (to == from || (!for_it && !profile_.metered())) continue;
      if ((sender_key && deaf(to)) || chance_.unit() < loss) continue;
      const TimePoint arrives = profile_.metered() ? free_at : now + std::chrono::milliseconds{3};
      in_air_.emplace(arrives, Flying{from, to, frame.datagram, for_it});
    }
  }
  /// When the channel has carried a datagram of that size.
  [[nodiscard]] TimePoint carry(std::size_t octets) {
    if (!profile_.metered()) return now;
    const TimePoint begins =
        std::max(now, channel_free_at_) +
        (now < channel_free_at_ ? static_cast<Duration::rep>(chance_.below(8)) * profile_.slot
                                : Duration{});
    channel_free_at_ = begins + profile_.airtime(octets);
    airtime += profile_.airtime(octets);
    return channel_free_at_;
  }

  Neighbours::Limits limits_;
  radio::LinkProfile profile_;
  std::size_t datagram_bytes_max_;
  TimePoint channel_free_at_{};
  SeededRandom chance_;
  muster::test::SeededTestRandom secrets_;
  security::test::PaperAuthority authority_;
  std::map<std::uint8_t, std::uint32_t> boots_;
  std::vector<Node> nodes_;
  std::multimap<TimePoint, Flying> in_air_;
};

}  // namespace muster::node::test
