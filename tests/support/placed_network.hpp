// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/overlay/directory.hpp"
#include "core/ports/memory_record_store.hpp"
#include "tests/support/fake_signing.hpp"

namespace muster::test {

/// What is said of users lies at their names; nodes and what they offer are everybody's.
class PlacedPolicy final : public ports::RecordPolicy {
 public:
  std::set<NodeId> shut_out;
  std::vector<NodeId> homes;  ///< of every user that has none of his own
  std::map<std::string, std::vector<NodeId>, std::less<>> homes_of;
  bool may_write(std::uint16_t, std::string_view, const NodeId& writer) override {
    return !shut_out.contains(writer);
  }
  bool verify(const NodeId& writer, BytesView text, BytesView signature) override {
    return fake_signature(writer, text) == to_bytes(signature);
  }
  std::optional<std::string> placed_at(std::uint16_t kind, std::string_view resource,
                                       BytesView) override {
    if (static_cast<overlay::Kind>(kind) == overlay::Kind::node || is_service(kind)) {
      return std::nullopt;
    }
    return std::string{resource};
  }
  std::optional<std::string> searched_at(std::uint16_t kind, std::string_view resource) override {
    return is_service(kind) ? std::optional(std::string{resource}) : std::nullopt;
  }
  static bool is_service(std::uint16_t kind) {
    return static_cast<overlay::Kind>(kind) == overlay::Kind::service;
  }
  std::vector<NodeId> concerned(std::string_view name) override {
    const auto own = homes_of.find(name);
    return own == homes_of.end() ? homes : own->second;
  }
};

/// Directories that know of each other and place what is said of users. Every datagram between two
/// of them may be lost; the nodes may fall into parts that do not reach each other.
class PlacedNetwork {
 public:
  using Answer = overlay::Directory::LookedUp;

  PlacedNetwork(std::size_t nodes, std::uint64_t seed, double loss,
                overlay::DirectoryLimits limits = {})
      : PlacedNetwork(ids(nodes, seed), seed, loss, limits) {}
  PlacedNetwork(const std::vector<NodeId>& nodes, std::uint64_t seed, double loss,
                overlay::DirectoryLimits limits = {})
      : random_(seed), loss_(loss) {
    // Who keeps up has told all others of itself long before: records of nodes are everybody's.
    for (const auto& id : nodes) {
      nodes_.push_back(std::make_unique<Node>(id));
      auto& node = *nodes_.back();
      node.directory = std::make_unique<overlay::Directory>(
          node.id, node.signer, node.policy, node.store, node.digest, limits, random_.next());
      node.directory->start(now_, 1);
      if (!limits.spread.to_all_bytes_max) {
        node.directory->set_spread(now_, overlay::Spread::closest);
      }
    }
    for (auto& node : nodes_) introduce(*node);
    run_for(std::chrono::seconds{3});
  }

  static std::vector<NodeId> ids(std::size_t nodes, std::uint64_t seed) {
    std::vector<NodeId> all;
    for (std::size_t i = 0; i < nodes; ++i) all.push_back(node_id(seed * 1000 + i));
    return all;
  }

  void run_for(Duration span) {
    const TimePoint end = now_ + span;
    drain();
    while (step(end)) drain();
    now_ = end;
  }
  /// Looks up and runs until answered.
  Answer look_up(std::size_t asker, std::string_view name) {
    const auto asked_at = now_;
    const auto number =
        at(asker).look_up(now_, overlay::Kind::sip_binding, {overlay::Kind::sip_binding}, name);
    drain();
    while (!answers_.contains({asker, number})) {
      if (!step(now_ + std::chrono::minutes{1})) return {};
      drain();
    }
    took_ = answered_at_ - asked_at;
    return answers_[{asker, number}];
  }
  [[nodiscard]] Duration took() const { return took_; }

  void kill(std::size_t index) {
    nodes_[index]->directory.reset();
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
      if (alive(other)) at(other).reachable(now_, id(index), false);
    }
  }
  /// Dead, and nobody is told that there is no way to it any more.
  void vanish(std::size_t index) { nodes_[index]->directory.reset(); }
  /// Nodes of another part are out of reach; all in one part again: `part` gives the same for all.
  template <typename PartOf>
  void part(PartOf part_of) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i]->part = part_of(i);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (std::size_t j = 0; j < nodes_.size(); ++j) {
        if (i != j && alive(i)) at(i).reachable(now_, id(j), together(i, j));
      }
    }
  }
  /// It still is there, but says nothing any more of its own accord or asked.
  void silence(std::size_t index) { nodes_[index]->silent = true; }
  /// Every user is at home there.
  void make_home(std::size_t index) {
    for (auto& node : nodes_) node->policy.homes = {id(index)};
  }
  /// That user is at home there.
  void make_home(std::size_t index, const std::string& name) {
    for (auto& node : nodes_) node->policy.homes_of[name] = {id(index)};
  }
  /// What it answers to look-ups is changed on its way out.
  using Tamper = std::function<void(overlay::Found&)>;
  void tamper(std::size_t index, Tamper tamper) { nodes_[index]->tamper = std::move(tamper); }
  /// Answers every look-up with "nothing here".
  void make_liar(std::size_t index) {
    tamper(index, [](overlay::Found& found) { found = {found.ask, true, {}}; });
  }

  [[nodiscard]] bool alive(std::size_t index) const { return nodes_[index]->directory != nullptr; }
  [[nodiscard]] overlay::Directory& at(std::size_t index) { return *nodes_[index]->directory; }
  [[nodiscard]] NodeId id(std::size_t index) const { return nodes_[index]->id; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// How many living nodes hold something of that name.
  [[nodiscard]] std::size_t holders(std::string_view name) {
    std::size_t count = 0;
    for (auto& node : nodes_) {
      count += node->directory && !node->directory->find(overlay::Kind::sip_binding, name).empty();
    }
    return count;
  }

 private:
  struct Node {
    explicit Node(NodeId node) : id(node), signer(node) {}
    NodeId id;
    FakeSigner signer;
    PlacedPolicy policy;
    FakeDigest digest;
    ports::MemoryRecordStore store;
    std::unique_ptr<overlay::Directory> directory;
    unsigned part = 0;
    bool silent = false;
    Tamper tamper;
  };
  struct Flight {
    std::size_t from, to;
    Bytes message;
  };

  [[nodiscard]] bool together(std::size_t a, std::size_t b) const {
    return nodes_[a]->part == nodes_[b]->part;
  }
  /// Its record comes to all others as from a neighbour that is there for that moment only.
  void introduce(Node& node) {
    const auto body = overlay::Record::encode_body(
        {{overlay::Kind::node, node.id.hex(), node.id}, {1, 1}, std::chrono::hours{10}, false, {}});
    const auto signature = node.signer.sign(overlay::Record::signed_text(*body));
    const auto message = overlay::encode(overlay::Records{{{0, *body, signature}}});
    for (auto& other : nodes_) {
      if (other.get() == &node) continue;
      other->directory->neighbour_up(now_, node.id);
      other->directory->receive(now_, node.id, message);
      other->directory->neighbour_down(now_, node.id);
      other->directory->reachable(now_, node.id, true);
    }
  }

  bool step(TimePoint end) {
    std::optional<TimePoint> next;
    if (!under_way_.empty()) next = under_way_.begin()->first;
    for (const auto& node : nodes_) {
      if (node->directory) next = earlier(next, node->directory->deadline());
    }
    if (!next || *next > end) return false;
    now_ = std::max(now_, *next);
    while (!under_way_.empty() && under_way_.begin()->first <= now_) {
      const Flight flight = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      if (alive(flight.to)) at(flight.to).receive_from_node(now_, id(flight.from), flight.message);
    }
    for (auto& node : nodes_) {
      if (node->directory) node->directory->advance(now_);
    }
    return true;
  }

  void drain() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i]->directory) continue;
      while (auto output = at(i).poll()) {
        if (const auto* answer = std::get_if<Answer>(&*output)) {
          answers_[{i, answer->number}] = *answer;
          answered_at_ = now_;
        } else if (auto* send = std::get_if<overlay::Directory::SendToNode>(&*output)) {
          transmit(i, *send);
        }
      }
    }
  }

  void transmit(std::size_t from, overlay::Directory::SendToNode& send) {
    if (nodes_[from]->silent) return;
    ++messages_;
    bytes_ += send.message.size();
    if (nodes_[from]->tamper) {
      auto read = overlay::parse_place_message(send.message);
      if (auto* found = read ? std::get_if<overlay::Found>(&*read) : nullptr) {
        nodes_[from]->tamper(*found);
        send.message = overlay::encode(*found);
      }
    }
    if (random_.unit() < loss_) return;
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
      if (id(to) != send.to || !together(from, to)) continue;
      under_way_.emplace(now_ + std::chrono::milliseconds{1},
                         Flight{from, to, std::move(send.message)});
      return;
    }
  }

  SeededRandom random_;
  double loss_;
  TimePoint now_ = TimePoint{} + std::chrono::hours{1};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::multimap<TimePoint, Flight> under_way_;
  std::map<std::pair<std::size_t, std::uint64_t>, Answer> answers_;
  TimePoint answered_at_{};
  Duration took_{};
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace muster::test
