// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <variant>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/ports/memory_state_store.hpp"
#include "security/session_table.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security::test {

/// Certificates of an authority that exists only in tests: any octets it handed out.
class PaperAuthority {
 public:
  VerifiedNode issue(const Bytes& der, std::uint8_t number, const Key32& x25519_private) {
    VerifiedNode node;
    node.id.octets = {number};
    node.name = "host-" + std::to_string(number);
    node.x25519 = x25519_public(x25519_private);
    node.certificate.octets = sha256(der);
    issued_[der] = node;
    return node;
  }
  [[nodiscard]] std::optional<VerifiedNode> find(BytesView der) const {
    const auto found = issued_.find(to_bytes(der));
    return found == issued_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<Bytes, VerifiedNode> issued_;
};

/// What one node knows of the others.
class PaperVerifier final : public PeerVerifier {
 public:
  explicit PaperVerifier(const PaperAuthority& authority) : authority_(authority) {}
  void add(const VerifiedNode& node) { roster_.push_back(node); }
  void forget_all() { roster_.clear(); }

  std::optional<VerifiedNode> verify(BytesView der) override { return authority_.find(der); }
  std::optional<VerifiedNode> known(const NodeId& id) const override {
    return first([&](const VerifiedNode& node) { return node.id == id; });
  }
  std::optional<VerifiedNode> known(const CertificateHash& certificate) const override {
    return first([&](const VerifiedNode& node) { return node.certificate == certificate; });
  }

 private:
  template <typename Predicate>
  std::optional<VerifiedNode> first(Predicate predicate) const {
    const auto found = std::ranges::find_if(roster_, predicate);
    return found == roster_.end() ? std::nullopt : std::optional(*found);
  }
  const PaperAuthority& authority_;
  std::vector<VerifiedNode> roster_;
};

/// Nodes that hear each other over a medium which loses and delays datagrams, in virtual time.
/// Node n has NodeId n..., and address n.
class SessionWorld {
 public:
  struct Node {
    LocalNode local;
    VerifiedNode verified;
    std::unique_ptr<PaperVerifier> verifier;
    ports::MemoryStateStore state;
    std::unique_ptr<SessionTable> table;
    std::vector<SessionTable::Established> established;
    std::vector<SessionTable::Frame> frames;
    std::vector<SessionTable::Failed> failed;
  };
  struct Sent {
    std::uint8_t from;
    std::uint8_t to;
    Bytes datagram;
  };

  explicit SessionWorld(std::uint64_t seed = 1) : chance_(seed), keys_(seed) {}
  SessionWorld(const SessionWorld&) = delete;
  SessionWorld& operator=(const SessionWorld&) = delete;

  Node& add(std::uint8_t number, std::size_t certificate_bytes = 500) {
    Node& node = nodes_[number];
    node.local.id.octets = {number};
    node.local.certificate_der = Bytes(certificate_bytes, number);
    node.local.x25519_private = Key32{0, number};
    node.local.discovery_key = Key32{9};
    node.verified = authority.issue(node.local.certificate_der, number, node.local.x25519_private);
    node.verifier = std::make_unique<PaperVerifier>(authority);
    start(number);
    return node;
  }
  /// Every node has every certificate from its kit.
  void know_all() {
    for (auto& [a, node] : nodes_) {
      for (auto& [b, other] : nodes_) node.verifier->add(other.verified);
    }
  }
  /// As after a power failure: a new boot count, and nothing is remembered but the store.
  void start(std::uint8_t number) {
    Node& node = nodes_.at(number);
    ++node.local.boot;
    node.table = std::make_unique<SessionTable>(node.local, *node.verifier, keys_, limits,
                                                chance_.next(), &node.state);
  }
  Node& operator[](std::uint8_t number) { return nodes_.at(number); }
  static NodeId id(std::uint8_t number) {
    NodeId node;
    node.octets = {number};
    return node;
  }
  static LinkPath at(std::uint8_t number) { return {LinkId{0}, LinkAddress{Bytes{number}}}; }

  void connect(std::uint8_t from, std::uint8_t to) {
    (*this)[from].table->connect(now, id(to), at(to));
    drain(from);
  }
  void reconnect(std::uint8_t from, std::uint8_t to) {
    (*this)[from].table->reconnect(now, id(to));
    drain(from);
  }
  /// False if there is no session.
  bool say(std::uint8_t from, std::uint8_t to, std::string_view text) {
    const auto datagram = (*this)[from].table->seal(now, id(to), as_bytes(text));
    if (datagram)
      transmit({from, (*this)[from].table->path(id(to))->address.octets.at(0), *datagram});
    drain(from);
    return datagram.has_value();
  }
  void inject(std::uint8_t from, std::uint8_t to, BytesView datagram) {
    nodes_.at(to).table->receive(now, at(from), datagram);
    drain(to);
  }
  /// Lets `duration` pass, with everything that falls due in it.
  void run(Duration duration) {
    const TimePoint end = now + duration;
    for (;;) {
      std::optional<TimePoint> next;
      if (!in_air_.empty()) next = in_air_.begin()->first;
      for (auto& [number, node] : nodes_) next = earlier(next, node.table->deadline());
      if (!next || *next > end) break;
      now = std::max(now, *next);
      while (!in_air_.empty() && in_air_.begin()->first <= now) {
        const Sent arrived = in_air_.begin()->second;
        in_air_.erase(in_air_.begin());
        inject(arrived.from, arrived.to, arrived.datagram);
      }
      for (auto& [number, node] : nodes_) {
        node.table->advance(now);
        drain(number);
      }
    }
    now = end;
  }
  bool linked(std::uint8_t a, std::uint8_t b) {
    return (*this)[a].table->path(id(b)).has_value() && (*this)[b].table->path(id(a)).has_value();
  }

  PaperAuthority authority;
  SessionTable::Limits limits;
  TimePoint now{std::chrono::seconds{1}};
  double loss = 0;
  Duration delay = std::chrono::milliseconds{3};
  Duration jitter = std::chrono::milliseconds{4};
  std::function<bool(const Sent&)> dropped = [](const Sent&) { return false; };
  std::vector<Sent> sent;  ///< everything ever on the air

 private:
  void drain(std::uint8_t number) {
    Node& node = nodes_.at(number);
    while (auto output = node.table->poll()) {
      if (auto* const send = std::get_if<SessionTable::Send>(&*output)) {
        transmit({number, send->path.address.octets.at(0), send->datagram});
      } else if (auto* const up = std::get_if<SessionTable::Established>(&*output)) {
        node.established.push_back(*up);
      } else if (auto* const frame = std::get_if<SessionTable::Frame>(&*output)) {
        node.frames.push_back(*frame);
      } else {
        node.failed.push_back(std::get<SessionTable::Failed>(*output));
      }
    }
  }
  void transmit(const Sent& datagram) {
    sent.push_back(datagram);
    if (dropped(datagram) || chance_.unit() < loss || !nodes_.contains(datagram.to)) return;
    const auto extra = std::chrono::duration_cast<Duration>(jitter * chance_.unit());
    in_air_.emplace(now + delay + extra, datagram);
  }

  SeededRandom chance_;
  muster::test::SeededTestRandom keys_;
  std::map<std::uint8_t, Node> nodes_;
  std::multimap<TimePoint, Sent> in_air_;
};

}  // namespace muster::security::test
