// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "core/mesh/router.hpp"

namespace muster::mesh::test {

inline NodeId node_id(std::size_t number) {
  NodeId id;
  id.octets[14] = static_cast<std::uint8_t>(number >> 8);
  id.octets[15] = static_cast<std::uint8_t>(number);
  return id;
}

/// Many routers in virtual time, with links that come, go, lose and delay. After every single step
/// the paths to every destination are checked for loops.
class RouterSimulator {
 public:
  RouterSimulator(std::size_t count, std::uint64_t seed, Router::Limits limits = {})
      : random_(seed), limits_(limits) {
    for (std::size_t i = 0; i < count; ++i) {
      boots_.push_back(1);
      lives_.push_back(1);
      routers_.push_back(std::make_unique<Router>(node_id(i), 1, limits_, random_.next()));
    }
  }

  TimePoint now() const { return now_; }
  Router& router(std::size_t i) { return *routers_[i]; }
  std::size_t size() const { return routers_.size(); }
  void set_loss(double loss) { loss_ = loss; }
  const std::vector<std::string>& loops() const { return loops_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t steps() const { return steps_; }

  /// The radio path exists from now on; each end notices after its own delay.
  void connect(std::size_t a, std::size_t b, Cost cost = cost_perfect) {
    links_[ordered(a, b)] = cost;
    notice(a, b, cost);
    notice(b, a, cost);
  }
  /// The radio path is gone; each end notices after up to `slowest`.
  void cut(std::size_t a, std::size_t b, Duration slowest = std::chrono::seconds{6}) {
    links_.erase(ordered(a, b));
    for (const auto& [x, y] : {std::pair{a, b}, std::pair{b, a}}) {
      schedule(pause(slowest), [this, x = x, y = y] {
        if (!links_.contains(ordered(x, y))) drop(x, y);
      });
    }
  }
  void set_cost(std::size_t a, std::size_t b, Cost cost) {
    links_[ordered(a, b)] = cost;
    if (sessions_.contains({a, b})) routers_[a]->neighbour_cost(now_, node_id(b), cost);
    if (sessions_.contains({b, a})) routers_[b]->neighbour_cost(now_, node_id(a), cost);
    settle();
  }
  /// A new life with an empty memory. Old sessions to it are dead; new ones follow.
  void restart(std::size_t i, std::optional<std::uint32_t> boot = std::nullopt) {
    boots_[i] = boot.value_or(boots_[i] + 1);
    ++lives_[i];
    routers_[i] = std::make_unique<Router>(node_id(i), boots_[i], limits_, random_.next());
    std::erase_if(sessions_, [&](const auto& entry) { return entry.first.first == i; });
    for (const auto& [ends, cost] : links_) {
      if (ends.first != i && ends.second != i) continue;
      notice(ends.first, ends.second, cost);
      notice(ends.second, ends.first, cost);
    }
  }

  void run(Duration duration) {
    const TimePoint end = now_ + duration;
    while (true) {
      std::optional<TimePoint> next;
      std::size_t due = size();
      if (!events_.empty()) next = events_.top().at;
      for (std::size_t i = 0; i < size(); ++i) {
        const auto deadline = routers_[i]->deadline();
        if (deadline && (!next || *deadline < *next)) {
          next = deadline;
          due = i;
        }
      }
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      if (due < size()) {
        routers_[due]->advance(now_);
      } else {
        auto action = events_.top().action;
        events_.pop();
        action();
      }
      settle();
    }
    now_ = end;
  }

  /// Runs until every pair that has a path has a working route; nothing if not within `longest`.
  std::optional<Duration> run_until_converged(Duration longest) {
    const TimePoint start = now_;
    while (now_ - start < longest) {
      if (converged()) return now_ - start;
      run(std::chrono::milliseconds{10});
    }
    return std::nullopt;
  }

  /// Every route that should exist works over real links, and none exists that should not.
  bool converged() {
    for (std::size_t from = 0; from < size(); ++from) {
      const auto near = reachable(from);
      for (std::size_t to = 0; to < size(); ++to) {
        if (from == to) continue;
        if (walk(from, to).has_value() != near.contains(to)) return false;
        if (!near.contains(to) && routers_[from]->next_hop(node_id(to))) return false;
      }
    }
    return true;
  }

  /// The hops of the path that packets take over links that really exist.
  std::optional<std::size_t> walk(std::size_t from, std::size_t to) {
    std::size_t hops = 0;
    for (std::size_t at = from; at != to; ++hops) {
      const auto next = edge(at, to);
      if (!next || hops > size() || !links_.contains(ordered(at, *next))) return std::nullopt;
      at = *next;
    }
    return hops;
  }
  /// The true cost of that path.
  std::optional<unsigned> walk_cost(std::size_t from, std::size_t to) {
    unsigned cost = 0;
    if (!walk(from, to)) return std::nullopt;
    for (std::size_t at = from; at != to; at = *edge(at, to)) {
      cost += links_.at(ordered(at, *edge(at, to)));
    }
    return cost;
  }

  /// What the cheapest path there is would cost.
  unsigned cheapest(std::size_t from, std::size_t to) const {
    std::vector<unsigned> cost(size(), 1u << 20);
    cost[from] = 0;
    for (std::size_t round = 0; round < size(); ++round) {
      for (const auto& [ends, hop] : links_) {
        cost[ends.first] = std::min(cost[ends.first], cost[ends.second] + hop);
        cost[ends.second] = std::min(cost[ends.second], cost[ends.first] + hop);
      }
    }
    return cost[to];
  }

 private:
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return std::pair{other.at, other.order} < std::pair{at, order};
    }
  };

  static std::pair<std::size_t, std::size_t> ordered(std::size_t a, std::size_t b) {
    return {std::min(a, b), std::max(a, b)};
  }
  Duration pause(Duration longest) {
    return Duration{
        static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(longest.count()) + 1))};
  }
  void schedule(Duration after, std::function<void()> action) {
    events_.push({now_ + after, ++order_, std::move(action)});
  }
  void drop(std::size_t a, std::size_t b) {
    sessions_.erase({a, b});
    routers_[a]->neighbour_down(now_, node_id(b));
  }
  void notice(std::size_t a, std::size_t b, Cost cost) {
    const auto life_a = lives_[a];
    const auto life_b = lives_[b];
    schedule(pause(std::chrono::milliseconds{800}), [=, this] {
      if (lives_[a] != life_a || lives_[b] != life_b || !links_.contains(ordered(a, b))) return;
      const auto session = sessions_.find({a, b});
      if (session != sessions_.end() && session->second == life_b) return;
      if (session != sessions_.end()) drop(a, b);
      sessions_[{a, b}] = life_b;
      routers_[a]->neighbour_up(now_, node_id(b), cost);
    });
  }
  /// The next hop, if a packet sent there could be read by who lives there now.
  std::optional<std::size_t> edge(std::size_t at, std::size_t to) {
    const auto hop = routers_[at]->next_hop(node_id(to));
    if (!hop) return std::nullopt;
    const std::size_t next = static_cast<std::size_t>(hop->octets[14]) << 8 | hop->octets[15];
    const auto session = sessions_.find({at, next});
    if (session == sessions_.end() || session->second != lives_[next]) return std::nullopt;
    return next;
  }
  std::set<std::size_t> reachable(std::size_t from) const {
    std::set<std::size_t> seen{from};
    std::vector<std::size_t> open{from};
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (const auto& [ends, cost] : links_) {
        if (ends.first != at && ends.second != at) continue;
        const std::size_t other = ends.first == at ? ends.second : ends.first;
        if (seen.insert(other).second) open.push_back(other);
      }
    }
    return seen;
  }

  void settle() {
    ++steps_;
    bool changed = false;
    for (std::size_t i = 0; i < size(); ++i) {
      while (auto output = routers_[i]->poll()) {
        if (auto* out = std::get_if<Router::Send>(&*output)) {
          transmit(i, *out);
        } else {
          changed = true;
        }
      }
    }
    if (changed) check_loops();
  }
  void transmit(std::size_t from, const Router::Send& out) {
    for (std::size_t to = 0; to < size(); ++to) {
      const auto session = sessions_.find({from, to});
      if (session == sessions_.end() || (out.to && *out.to != node_id(to))) continue;
      ++messages_;
      if (random_.unit() < loss_) continue;
      schedule(
          std::chrono::milliseconds{2} + pause(std::chrono::milliseconds{40}),
          [this, from, to, read_by = session->second, sent_by = lives_[from], m = out.message] {
            const bool alive = links_.contains(ordered(from, to)) && lives_[to] == read_by &&
                               lives_[from] == sent_by;
            const auto back = sessions_.find({to, from});
            if (!alive || back == sessions_.end() || back->second != sent_by) return;
            routers_[to]->receive(now_, node_id(from), m);
          });
    }
  }
  void check_loops() {
    for (std::size_t to = 0; to < size(); ++to) {
      for (std::size_t from = 0; from < size(); ++from) {
        std::size_t hops = 0;
        std::optional<std::size_t> at = from;
        while (at && *at != to && hops <= size()) {
          at = edge(*at, to);
          ++hops;
        }
        if (hops > size()) {
          loops_.push_back("from " + std::to_string(from) + " to " + std::to_string(to) + " at " +
                           std::to_string(now_.time_since_epoch().count() / 1000000) + " ms");
          break;
        }
      }
    }
  }

  SeededRandom random_;
  Router::Limits limits_;
  TimePoint now_{std::chrono::seconds{1}};
  double loss_ = 0;
  std::vector<std::unique_ptr<Router>> routers_;
  std::vector<std::uint32_t> boots_;
  std::vector<std::uint32_t> lives_;
  std::map<std::pair<std::size_t, std::size_t>, Cost> links_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> sessions_;  ///< (at, with) -> life
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<std::string> loops_;
};

}  // namespace muster::mesh::test
