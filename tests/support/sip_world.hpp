// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sip/edge.hpp"
#include "tests/support/sip_phone.hpp"

namespace muster::test {

inline NodeId node_id(unsigned number) {
  NodeId id;
  id.octets[15] = static_cast<std::uint8_t>(number);
  return id;
}

/// Messages that wait, and those seen; outlives its edge as a database does.
class MemoryStoredMessages final : public sip::StoredMessages {
 public:
  struct Kept {
    std::string from, to, identity;
    Bytes request;
  };
  bool waiting_for(std::string_view aor) const override {
    for (const auto& message : kept) {
      if (message.to == aor) return true;
    }
    return false;
  }
  sip::KeepResult keep(TimePoint, std::string_view from, std::string_view to,
                       std::string_view identity, BytesView request) override {
    if (kept.size() >= quota) return sip::KeepResult::over_quota;
    if (broken) return sip::KeepResult::storage_failed;
    if (request.size() > request_bytes_max) return sip::KeepResult::too_large;
    kept.push_back({std::string{from}, std::string{to}, std::string{identity}, to_bytes(request)});
    return sip::KeepResult::kept;
  }
  bool seen(std::string_view identity) const override { return seen_.contains(identity); }
  bool mark_seen(TimePoint, std::string_view identity) override {
    seen_.emplace(identity);
    return !broken;
  }

  std::vector<Kept> kept;
  std::size_t quota = 100;
  std::size_t request_bytes_max = 30000;
  bool broken = false;

 private:
  std::set<std::string, std::less<>> seen_;
};

class CountingMediaSockets final : public sip::MediaSockets {
 public:
  std::optional<std::uint16_t> open_pair() override {
    next_ = static_cast<std::uint16_t>(next_ + 2);
    open.insert(next_);
    return next_;
  }
  void close_pair(std::uint16_t port) override { open.erase(port); }
  std::set<std::uint16_t> open;

 private:
  std::uint16_t next_ = 19998;
};

/// Some edges, their phones, and wires between them, under a clock that the test owns. Phones
/// talk UDP that may be lost; between edges everything arrives, or, across a partition, is given
/// up.
class SipWorld {
 public:
  static constexpr const char* domain = "drill.example";
  explicit SipWorld(std::uint64_t seed = 1) : chance_(seed) {}

  TimePoint now{std::chrono::seconds{1000}};
  double udp_loss = 0;
  Duration mesh_delay = std::chrono::milliseconds{40};

  class Node final : public sip::Locator, public sip::CredentialSource {
   public:
    Node(SipWorld& world, unsigned its_number)
        : world_(world), number(its_number), random_(its_number) {
      restart();
    }
    void restart() {
      registered.clear();
      sip::Edge::Config config;
      config.self = node_id(number);
      config.domain = domain;
      config.listen = listen();
      config.guests = guests;
      edge = std::make_unique<sip::Edge>(config, *this, *this, stored, sockets, random_);
    }
    [[nodiscard]] IpEndpoint listen() const {
      return *IpEndpoint::parse("10.0." + std::to_string(number) + ".1:5060");
    }
    std::vector<NodeId> nodes_of(std::string_view aor) const override {
      std::vector<NodeId> found;
      for (const auto& other : world_.nodes) {
        if (other->number != number && other->registered.contains(std::string{aor})) {
          found.push_back(node_id(other->number));
        }
      }
      for (const auto& [user, node] : world_.stale) {
        if (user == aor) found.push_back(node);
      }
      return found;
    }
    bool user_exists(std::string_view aor) const override {
      return world_.homes.contains(std::string{aor});
    }
    bool reachable(const NodeId& node) const override {
      return world_.claimed_reachable || world_.connected(number, node.octets[15]);
    }
    std::vector<NodeId> homes_of(std::string_view aor) const override {
      std::vector<NodeId> found;
      const auto home = world_.homes.find(std::string{aor});
      if (home == world_.homes.end()) return found;
      for (const unsigned its_number : home->second) {
        if (its_number != number && reachable(node_id(its_number))) {
          found.push_back(node_id(its_number));
        }
      }
      return found;
    }
    bool may_speak_for(const NodeId& node, std::string_view aor) const override {
      const auto home = world_.homes.find(std::string{aor});
      const bool at_home = home != world_.homes.end() && home->second.contains(node.octets[15]);
      return at_home || world_.delegated.contains({std::string{aor}, node});
    }
    std::optional<sip::DigestVerifier> find(std::string_view user) const override {
      return sip::digest_verifier(user, domain, "secret-" + std::string{user});
    }
    bool home_here(std::string_view user) const override {
      const auto home = world_.homes.find(std::string{user} + '@' + domain);
      return home != world_.homes.end() && home->second.contains(number);
    }

   private:
    SipWorld& world_;

   public:
    unsigned number;
    std::vector<std::string> guests;  ///< from the next restart() on
    MemoryStoredMessages stored;
    CountingMediaSockets sockets;
    std::set<std::string> registered;
    std::vector<sip::Edge::StoredOutcome> outcomes;
    std::vector<sip::Edge::Shown> shown;
    std::vector<sip::Edge::KeptDelivered> kept_delivered;
    std::vector<sip::Event> events;
    std::vector<sip::Edge::MediaToNode> media_out;
    std::vector<sip::Edge::MediaToPhone> media_in;
    std::unique_ptr<sip::Edge> edge;

    [[nodiscard]] bool reported(sip::Event::Kind kind) const {
      for (const auto& event : events) {
        if (event.kind == kind) return true;
      }
      return false;
    }

   private:
    SeededTestRandom random_;
  };

  Node& add_node() {
    nodes.push_back(std::make_unique<Node>(*this, static_cast<unsigned>(nodes.size() + 1)));
    return *nodes.back();
  }
  /// A user at home at that node, with one phone there; not yet registered.
  SipPhone& add_phone(Node& node, const std::string& user) {
    homes[user + '@' + domain].insert(node.number);
    return add_visitor(node, user);
  }
  /// A phone of a user who is at home elsewhere, if at all.
  SipPhone& add_visitor(Node& node, const std::string& user,
                        const std::string& password_prefix = "secret-") {
    const auto own = IpEndpoint::parse("10.0." + std::to_string(node.number) + '.' +
                                       std::to_string(10 + phones.size()) + ":5060");
    phones.push_back({&node, std::make_unique<SipPhone>(user, domain, *own, node.listen(),
                                                        password_prefix + user)});
    return *phones.back().phone;
  }
  SipPhone& add_registered_phone(Node& node, const std::string& user) {
    SipPhone& phone = add_phone(node, user);
    phone.register_at(now);
    run(std::chrono::seconds{2});
    EXPECT_EQ(phone.status_of("REGISTER"), 200u);
    return phone;
  }
  static std::string uri(const std::string& user) { return "sip:" + user + '@' + domain; }

  void partition(std::set<unsigned> group) { cut_off_ = std::move(group); }
  [[nodiscard]] bool connected(unsigned a, unsigned b) const {
    return cut_off_.contains(a) == cut_off_.contains(b);
  }

  /// Lets everything happen that happens within `duration`.
  void run(Duration duration) {
    const TimePoint end = now + duration;
    settle();
    for (;;) {
      const auto next = deadline();
      if (!next || *next > end) break;
      now = std::max(now, *next);
      step();
    }
    now = end;
    step();
  }
  /// Tries all that `node` has stored, as its outbox does.
  void attempt_stored(Node& node) {
    for (std::size_t i = 0; i < node.stored.kept.size(); ++i) {
      const auto& message = node.stored.kept[i];
      node.edge->attempt_stored(now, i, message.to, message.request);
    }
    settle();
  }

  /// Shows what came sealed to `node`, as its post office does.
  void show(Node& node, std::uint64_t number, const std::string& sender,
            const std::string& recipient, BytesView request) {
    node.edge->show_message(now, number, sender + '@' + domain, recipient + '@' + domain, request);
    settle();
  }

  struct PhoneAt {
    Node* node;
    std::unique_ptr<SipPhone> phone;
  };
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<PhoneAt> phones;
  std::map<std::string, std::set<unsigned>> homes;
  std::set<std::pair<std::string, NodeId>> delegated;  ///< by homes, to visited nodes
  std::vector<std::pair<std::string, NodeId>> stale;   ///< bindings that the directory still lists
  bool claimed_reachable = false;  ///< the routers have not noticed the partition yet
  std::uint64_t steps = 0;
  std::function<void(const sip::Edge::ToPhone&)> on_to_phone;  ///< sees what edges send to phones

 private:
  struct Datagram {
    enum class Kind { to_edge, to_phone, to_node, gave_up } kind;
    Node* node;
    sip::PhoneAddress endpoint;
    NodeId peer;
    std::uint64_t number;
    Bytes bytes;
  };

  std::optional<TimePoint> deadline() const {
    std::optional<TimePoint> first;
    if (!wire_.empty()) first = wire_.begin()->first;
    for (const auto& node : nodes) first = earlier(first, node->edge->deadline());
    for (const auto& at : phones) first = earlier(first, at.phone->deadline());
    return first;
  }
  void step() {
    ASSERT_LT(++steps, 200'000u) << "the machines never rest";
    while (!wire_.empty() && wire_.begin()->first <= now) {
      Datagram datagram = std::move(wire_.begin()->second);
      wire_.erase(wire_.begin());
      arrive(datagram);
    }
    for (auto& node : nodes) node->edge->advance(now);
    for (auto& at : phones) at.phone->advance(now);
    settle();
  }
  void arrive(Datagram& datagram) {
    switch (datagram.kind) {
      case Datagram::Kind::to_edge:
        datagram.node->edge->receive_phone(now, datagram.endpoint, datagram.bytes);
        break;
      case Datagram::Kind::to_phone:
        for (auto& at : phones) {
          if (address_of(*at.phone) == datagram.endpoint) at.phone->receive(now, datagram.bytes);
        }
        break;
      case Datagram::Kind::to_node:
        datagram.node->edge->receive_node(now, datagram.peer, datagram.bytes);
        break;
      case Datagram::Kind::gave_up:
        datagram.node->edge->node_unreachable(now, datagram.peer, datagram.number);
        break;
    }
    settle();
  }
  void settle() {
    for (auto& at : phones) {
      while (auto bytes = at.phone->poll()) {
        udp({Datagram::Kind::to_edge, at.node, address_of(*at.phone), {}, 0, *std::move(bytes)});
      }
    }
    for (auto& node : nodes) {
      while (auto output = node->edge->poll()) {
        std::visit([&](auto& said) { take(*node, said); }, *output);
      }
    }
  }
  static sip::PhoneAddress address_of(const SipPhone& phone) {
    return {phone.own(), phone.uses_tcp() ? sip::PhoneTransport::tcp : sip::PhoneTransport::udp};
  }
  void udp(Datagram datagram) {
    const bool over_tcp = datagram.endpoint.transport == sip::PhoneTransport::tcp;
    if (!over_tcp && chance_.unit() < udp_loss) return;
    wire_.emplace(now + std::chrono::milliseconds{1}, std::move(datagram));
  }
  void take(Node& node, sip::Edge::ToPhone& out) {
    if (on_to_phone) on_to_phone(out);
    udp({Datagram::Kind::to_phone, &node, out.to, {}, 0, std::move(out.message)});
  }
  void take(Node& node, sip::Edge::ToNode& out) {
    const unsigned to = out.to.octets[15];
    if (to <= nodes.size() && connected(node.number, to)) {
      wire_.emplace(now + mesh_delay, Datagram{Datagram::Kind::to_node,
                                               nodes[to - 1].get(),
                                               {},
                                               node_id(node.number),
                                               out.number,
                                               std::move(out.message)});
    } else {
      wire_.emplace(now + out.give_up_after,
                    Datagram{Datagram::Kind::gave_up, &node, {}, out.to, out.number, {}});
    }
  }
  void take(Node&, sip::Edge::Delegate& out) { delegated.insert({out.aor, out.node}); }
  void take(Node& node, sip::Edge::MediaToNode& out) { node.media_out.push_back(std::move(out)); }
  void take(Node& node, sip::Edge::MediaToPhone& out) { node.media_in.push_back(std::move(out)); }
  void take(Node& node, sip::Edge::BindingChanged& out) {
    if (out.registered) {
      node.registered.insert(out.aor);
    } else {
      node.registered.erase(out.aor);
    }
  }
  void take(Node& node, sip::Edge::StoredOutcome& out) { node.outcomes.push_back(out); }
  void take(Node& node, sip::Edge::Shown& out) { node.shown.push_back(out); }
  void take(Node& node, sip::Edge::KeptDelivered& out) { node.kept_delivered.push_back(out); }
  void take(Node& node, sip::Event& out) { node.events.push_back(out); }

  SeededRandom chance_;
  std::set<unsigned> cut_off_;
  std::multimap<TimePoint, Datagram> wire_;
};

}  // namespace muster::test
