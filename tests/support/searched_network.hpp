// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/overlay/directory.hpp"
#include "core/ports/memory_record_store.hpp"
#include "tests/support/placed_network.hpp"

namespace muster::test {

/// Directories of which none knows all others: each has an address and some entrances, and asks
/// without sessions. Every datagram may be lost and takes `delay`.
class SearchedNetwork {
 public:
  using Answer = overlay::Directory::LookedUp;
  static constexpr std::size_t entrances = 3;

  SearchedNetwork(std::size_t nodes, std::uint64_t seed, double loss,
                  overlay::DirectoryLimits limits = {},
                  Duration delay = std::chrono::milliseconds{10})
      : random_(seed), loss_(loss), delay_(delay), limits_(limits) {
    for (std::size_t i = 0; i < nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>(node_id(seed * 100'000 + i)));
      by_id_[nodes_[i]->id] = i;
    }
    for (std::size_t i = 0; i < nodes; ++i) start(i);
  }

  void start(std::size_t index) {
    auto& node = *nodes_[index];
    node.directory = std::make_unique<overlay::Directory>(
        node.id, node.signer, node.policy, node.store, node.digest, limits_, random_.next());
    node.directory->start(now_, ++node.boot);
    for (std::size_t i = 0; i < entrances; ++i) {
      node.directory->add_entrance(now_, path(random_.below(nodes_.size())));
    }
    node.directory->set_direct(now_, true, nodes_.size());
    settle(index);
  }
  void kill(std::size_t index) { nodes_[index]->directory.reset(); }

  void run_for(Duration span) {
    const TimePoint end = now_ + span;
    while (step(end)) {
    }
    now_ = end;
  }
  void put(std::size_t index, const std::string& name, std::string_view value,
           overlay::Kind kind = overlay::Kind::sip_binding) {
    at(index).put(now_, kind, name, as_bytes(value), std::chrono::hours{1});
    settle(index);
  }
  /// Looks up and runs until answered.
  Answer look_up(std::size_t asker, std::string_view name,
                 overlay::Kind kind = overlay::Kind::sip_binding) {
    const auto asked_at = now_;
    const auto number = at(asker).look_up(now_, kind, {kind}, name);
    settle(asker);
    while (!answers_.contains({asker, number})) {
      if (!step(now_ + std::chrono::minutes{1})) return {};
    }
    took_ = now_ - asked_at;
    return answers_[{asker, number}];
  }
  /// What is known there of that name.
  [[nodiscard]] std::string found(std::size_t index, std::string_view name) {
    std::string newest;
    overlay::Version version;
    for (const auto& held : at(index).find(overlay::Kind::sip_binding, name)) {
      if (held.version < version) continue;
      version = held.version;
      newest = as_text(held.value);
    }
    return newest;
  }

  [[nodiscard]] bool alive(std::size_t index) const { return nodes_[index]->directory != nullptr; }
  [[nodiscard]] overlay::Directory& at(std::size_t index) { return *nodes_[index]->directory; }
  [[nodiscard]] NodeId id(std::size_t index) const { return nodes_[index]->id; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// What that node believes of everybody's rights and homes.
  [[nodiscard]] PlacedPolicy& policy(std::size_t index) { return nodes_[index]->policy; }
  /// Whose ids are closest to the place of that name, closest first.
  [[nodiscard]] std::vector<std::size_t> closest_to(std::string_view name,
                                                    std::size_t count) const {
    std::vector<NodeId> ids;
    for (const auto& node : nodes_) ids.push_back(node->id);
    FakeDigest digest;
    std::vector<std::size_t> closest;
    for (const auto& id : overlay::closest_to(overlay::place_of(digest, name), ids, count))
      closest.push_back(by_id_.at(id));
    return closest;
  }
  [[nodiscard]] std::size_t closest_to(std::string_view name) const {
    return closest_to(name, 1).front();
  }
  [[nodiscard]] Duration took() const { return took_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] static LinkPath path(std::size_t index) {
    const IpAddress address{
        false,
        {10, static_cast<std::uint8_t>(index >> 16), static_cast<std::uint8_t>(index >> 8),
         static_cast<std::uint8_t>(index)},
        0};
    return {LinkId{0}, LinkAddress::from_ip({address, 7300})};
  }

 private:
  struct Node {
    explicit Node(NodeId node) : id(node), signer(node) {}
    NodeId id;
    std::uint32_t boot = 0;
    FakeSigner signer;
    PlacedPolicy policy;
    FakeDigest digest;
    ports::MemoryRecordStore store;
    std::unique_ptr<overlay::Directory> directory;
    std::optional<TimePoint> armed;
  };
  struct Flight {
    std::size_t from, to;
    Bytes message;
  };

  [[nodiscard]] static std::size_t index_of(const LinkPath& path) {
    const auto octets = path.address.as_ip()->address.octets;
    return static_cast<std::size_t>(octets[1] << 16 | octets[2] << 8 | octets[3]);
  }

  bool step(TimePoint end) {
    std::optional<TimePoint> next;
    if (!under_way_.empty()) next = under_way_.begin()->first;
    if (!due_.empty()) next = earlier(next, due_.begin()->first);
    if (!next || *next > end) return false;
    now_ = std::max(now_, *next);
    if (!under_way_.empty() && under_way_.begin()->first <= now_) {
      const Flight flight = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      if (!alive(flight.to)) return true;
      at(flight.to).receive_direct(now_, {id(flight.from), path(flight.from)}, flight.message);
      settle(flight.to);
      return true;
    }
    const auto index = due_.begin()->second;
    due_.erase(due_.begin());
    nodes_[index]->armed.reset();
    if (!alive(index)) return true;
    at(index).advance(now_);
    settle(index);
    return true;
  }

  void settle(std::size_t index) {
    while (auto output = at(index).poll()) {
      if (const auto* answer = std::get_if<Answer>(&*output)) {
        answers_[{index, answer->number}] = *answer;
      } else if (auto* send = std::get_if<overlay::Directory::SendToNode>(&*output)) {
        if (!send->path) continue;
        bytes_ += send->message.size();
        if (random_.unit() < loss_) continue;
        under_way_.emplace(now_ + delay_,
                           Flight{index, index_of(*send->path), std::move(send->message)});
      }
    }
    auto& node = *nodes_[index];
    const auto due = node.directory->deadline();
    if (!due || (node.armed && *node.armed <= *due)) return;
    if (node.armed) due_.erase({*node.armed, index});
    node.armed = due;
    due_.emplace(*due, index);
  }

  SeededRandom random_;
  double loss_;
  Duration delay_;
  overlay::DirectoryLimits limits_;
  TimePoint now_ = TimePoint{} + std::chrono::hours{1};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<NodeId, std::size_t> by_id_;
  std::multimap<TimePoint, Flight> under_way_;
  std::set<std::pair<TimePoint, std::size_t>> due_;
  std::map<std::pair<std::size_t, std::uint64_t>, Answer> answers_;
  Duration took_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace muster::test
