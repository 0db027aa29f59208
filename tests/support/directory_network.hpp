// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "core/overlay/directory.hpp"
#include "core/ports/memory_record_store.hpp"
#include "tests/support/fake_signing.hpp"

namespace muster::test {

/// Directories joined by links in virtual time. A link delivers in order after its delay; what is
/// under way when it goes down is lost, and `loss` of the rest may be lost too.
class DirectoryNetwork {
 public:
  struct Node {
    explicit Node(NodeId node) : id(node), signer(node) {}
    NodeId id;
    FakeSigner signer;
    FakePolicy policy;
    FakeDigest digest;
    std::shared_ptr<ports::MemoryRecordStore> store = std::make_shared<ports::MemoryRecordStore>();
    std::unique_ptr<overlay::Directory> directory;
    std::uint32_t boot = 0;
    std::vector<overlay::Directory::Changed> changes;
    std::vector<overlay::Directory::Alarm> alarms;
    std::uint64_t bytes_sent = 0;
    std::uint64_t messages_sent = 0;
    std::size_t largest_message = 0;
  };

  explicit DirectoryNetwork(std::uint64_t seed, overlay::DirectoryLimits limits = {})
      : random_(seed), limits_(limits) {}

  double loss = 0;
  Duration delay = std::chrono::milliseconds{20};

  std::size_t add(bool started = true) {
    nodes_.push_back(std::make_unique<Node>(node_id(1000 + nodes_.size())));
    if (started) boot(nodes_.size() - 1);
    return nodes_.size() - 1;
  }
  void add(int count) {
    while (count-- > 0) add();
  }
  /// Starts (again) from what its store holds.
  void boot(std::size_t index) {
    Node& node = *nodes_[index];
    node.directory = std::make_unique<overlay::Directory>(
        node.id, node.signer, node.policy, *node.store, node.digest, limits_, random_.next());
    node.directory->start(now_, ++node.boot);
  }
  /// Off, its links with it; its store stays.
  void kill(std::size_t index) {
    const auto links = links_;
    for (const auto& [a, b] : links) {
      if (a == index || b == index) disconnect(a, b);
    }
    nodes_[index]->directory.reset();
  }

  void connect(std::size_t a, std::size_t b) {
    if (!links_.insert(std::minmax(a, b)).second) return;
    at(a).neighbour_up(now_, id(b));
    at(b).neighbour_up(now_, id(a));
    drain();
  }
  void disconnect(std::size_t a, std::size_t b) {
    if (links_.erase(std::minmax(a, b)) == 0) return;
    std::erase_if(under_way_, [&](const auto& pair) {
      const auto& flight = pair.second;
      return (flight.from == a && flight.to == b) || (flight.from == b && flight.to == a);
    });
    at(a).neighbour_down(now_, id(b));
    at(b).neighbour_down(now_, id(a));
  }
  void chain() {
    for (std::size_t i = 1; i < nodes_.size(); ++i) connect(i - 1, i);
  }

  void run_for(Duration span) {
    const TimePoint end = now_ + span;
    drain();
    while (step(end)) drain();
    now_ = end;
  }
  /// True as soon as all living directories are the same; false if they are not within `limit`.
  bool converges_within(Duration limit) {
    const TimePoint end = now_ + limit;
    drain();
    while (!alike()) {
      if (!step(end)) return false;
      drain();
    }
    return true;
  }
  [[nodiscard]] bool alike() const {
    std::set<std::string> digests;
    for (const auto& node : nodes_) {
      if (node->directory) digests.insert(node->directory->digest().hex());
    }
    return digests.size() <= 1;
  }

  [[nodiscard]] overlay::Directory& at(std::size_t index) { return *nodes_[index]->directory; }
  [[nodiscard]] Node& node(std::size_t index) { return *nodes_[index]; }
  [[nodiscard]] NodeId id(std::size_t index) const { return nodes_[index]->id; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::uint64_t bytes_sent() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) sum += node->bytes_sent;
    return sum;
  }
  SeededRandom& random() { return random_; }

 private:
  struct Flight {
    std::size_t from, to;
    Bytes message;
  };

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
      at(flight.to).receive(now_, id(flight.from), flight.message);
    }
    for (auto& node : nodes_) {
      if (node->directory) node->directory->advance(now_);
    }
    return true;
  }

  void drain() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i]->directory) continue;
      while (auto output = at(i).poll()) take(i, std::move(*output));
    }
  }

  void take(std::size_t from, overlay::Directory::Output output) {
    Node& node = *nodes_[from];
    if (auto* changed = std::get_if<overlay::Directory::Changed>(&output)) {
      node.changes.push_back(*changed);
    } else if (auto* alarm = std::get_if<overlay::Directory::Alarm>(&output)) {
      node.alarms.push_back(*alarm);
    } else {
      auto& send = std::get<overlay::Directory::Send>(output);
      ++node.messages_sent;
      node.bytes_sent += send.message.size();
      node.largest_message = std::max(node.largest_message, send.message.size());
      for (std::size_t to = 0; to < nodes_.size(); ++to) {
        if (id(to) != send.to || !links_.contains(std::minmax(from, to))) continue;
        if (random_.unit() < loss) continue;
        under_way_.emplace(now_ + delay, Flight{from, to, std::move(send.message)});
        break;
      }
    }
  }

  SeededRandom random_;
  overlay::DirectoryLimits limits_;
  TimePoint now_ = TimePoint{} + std::chrono::hours{1};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<std::pair<std::size_t, std::size_t>> links_;
  std::multimap<TimePoint, Flight> under_way_;
};

}  // namespace muster::test
