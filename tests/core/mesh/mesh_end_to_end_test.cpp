// SPDX-License-Identifier: Apache-2.0
// Router, Forwarder and Delivery joined as a node joins them, over hops that break.
#include "core/base/seeded_random.hpp"
#include "core/mesh/delivery.hpp"
#include "core/mesh/forwarder.hpp"
#include "core/mesh/router.hpp"
#include "tests/core/mesh/router_simulator.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::node_id;

class MeshNode {
 public:
  MeshNode(std::size_t number, std::uint64_t seed)
      : router(node_id(number), 1, {}, seed),
        forwarder(node_id(number), router, {}),
        delivery({}, 1, seed),
        number_(number) {}
  Router router;
  Forwarder forwarder;
  Delivery delivery;
  std::vector<std::string> arrived;
  std::uint64_t dropped = 0;

  using Hop = std::function<void(std::optional<NodeId> to, bool is_route, const Bytes&)>;
  void drain(TimePoint now, const Hop& hop) {
    bool more = true;
    while (more) {
      more = false;
      while (auto output = router.poll()) {
        more = true;
        if (auto* out = std::get_if<Router::Send>(&*output)) hop(out->to, true, out->message);
        if (auto* route = std::get_if<Router::RouteChanged>(&*output); route && route->next_hop) {
          forwarder.route_up(now, route->destination);
          delivery.path_up(now, route->destination);
        }
      }
      while (auto output = delivery.poll()) {
        more = true;
        if (auto* out = std::get_if<Delivery::Send>(&*output)) {
          const auto life = std::chrono::floor<std::chrono::milliseconds>(out->remaining);
          forwarder.submit(now, {node_id(number_), out->to, 32, out->precedence, life, true,
                                 std::move(out->payload)});
        } else if (auto* in = std::get_if<Delivery::Arrived>(&*output)) {
          arrived.emplace_back(as_text(in->message));
        }
      }
      while (auto output = forwarder.poll()) {
        more = true;
        if (auto* out = std::get_if<Forwarder::Forward>(&*output)) {
          hop(out->next_hop, false, encode(out->packet));
        } else if (auto* in = std::get_if<Forwarder::Deliver>(&*output)) {
          delivery.receive(now, in->packet.source, in->packet.payload);
        } else {
          ++dropped;
        }
      }
    }
  }
  std::optional<TimePoint> deadline() const {
    return earlier(earlier(router.deadline(), forwarder.deadline()), delivery.deadline());
  }
  void advance(TimePoint now) {
    router.advance(now);
    forwarder.advance(now);
    delivery.advance(now);
  }

 private:
  std::size_t number_;
};

/// A grid three nodes wide whose links break and return, each end noticing at the same time.
class GridOfNine {
 public:
  explicit GridOfNine(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < 9; ++i) nodes.push_back(std::make_unique<MeshNode>(i, seed + i));
    for (std::size_t i = 0; i < 9; ++i) {
      if (i % 3 < 2) links.emplace_back(i, i + 1);
      if (i < 6) links.emplace_back(i, i + 3);
    }
    for (const auto& link : links) set(link, true);
  }
  std::vector<std::unique_ptr<MeshNode>> nodes;
  std::vector<std::pair<std::size_t, std::size_t>> links;

  void set(const std::pair<std::size_t, std::size_t>& link, bool up) {
    if (up == (up_.count(link) > 0)) return;
    for (const auto& [a, b] : {link, std::pair{link.second, link.first}}) {
      if (up) {
        nodes[a]->router.neighbour_up(now, node_id(b), cost_perfect);
      } else {
        nodes[a]->router.neighbour_down(now, node_id(b));
      }
    }
    up ? void(up_.insert(link)) : void(up_.erase(link));
    drain();
  }
  void run(Duration duration) {
    const TimePoint stop = now + duration;
    while (true) {
      std::optional<TimePoint> next;
      if (!air_.empty()) next = air_.begin()->first;
      for (const auto& node : nodes) next = earlier(next, node->deadline());
      if (!next || *next > stop) break;
      now = std::max(now, *next);
      while (!air_.empty() && air_.begin()->first <= now) {
        const Frame frame = air_.begin()->second;
        air_.erase(air_.begin());
        if (!up_.contains({std::min(frame.from, frame.to), std::max(frame.from, frame.to)})) {
          continue;  // whatever is in the air when a link breaks is lost
        }
        auto& node = *nodes[frame.to];
        frame.is_route ? node.router.receive(now, node_id(frame.from), frame.bytes)
                       : node.forwarder.receive(now, frame.bytes, 10ms);
      }
      for (const auto& node : nodes) node->advance(now);
      drain();
    }
    now = stop;
  }
  void drain() {
    for (std::size_t i = 0; i < 9; ++i) {
      nodes[i]->drain(now, [&](std::optional<NodeId> to, bool is_route, const Bytes& bytes) {
        for (const auto& [a, b] : up_) {
          if (a != i && b != i) continue;
          const std::size_t other = a == i ? b : a;
          if (to && *to != node_id(other)) continue;
          const auto late = random_.below(15'000'000);
          air_.emplace(now + 3ms + Duration{static_cast<Duration::rep>(late)},
                       Frame{i, other, is_route, bytes});
        }
      });
    }
  }
  TimePoint now{1s};

 private:
  struct Frame {
    std::size_t from, to;
    bool is_route;
    Bytes bytes;
  };
  SeededRandom random_;
  std::set<std::pair<std::size_t, std::size_t>> up_;
  std::multimap<TimePoint, Frame> air_;
};

class MeshWithBreakingLinks : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MeshWithBreakingLinks, BringsEveryMessageOnce) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  GridOfNine grid{GetParam()};
  SeededRandom random{GetParam()};
  grid.run(2s);
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::to_string(i));
    grid.nodes[0]->delivery.submit(grid.now, node_id(8), as_bytes(expected.back()),
                                   Precedence::routine, 60s);
    grid.drain();
    grid.set(grid.links[random.below(grid.links.size())], random.below(2) == 0);
    grid.run(100ms);
  }
  for (const auto& link : grid.links) grid.set(link, true);
  grid.run(10s);
  auto& arrived = grid.nodes[8]->arrived;
  std::sort(arrived.begin(), arrived.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(arrived, expected);
  EXPECT_EQ(grid.nodes[0]->delivery.pending(node_id(8)), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MeshWithBreakingLinks, ::testing::Range<std::uint64_t>(1, 21));

TEST(MeshOfNodes, MessageIsAcknowledgedAcrossFourHops) {
  GridOfNine grid{1};
  grid.run(2s);
  grid.nodes[0]->delivery.submit(grid.now, node_id(8), as_bytes("hello"), Precedence::flash, 4s);
  grid.drain();
  grid.run(200ms);
  EXPECT_THAT(grid.nodes[8]->arrived, ::testing::ElementsAre("hello"));
  EXPECT_EQ(grid.nodes[0]->delivery.counters().acknowledged, 1u);
  EXPECT_EQ(grid.nodes[0]->router.routes().size(), 8u);
}

TEST(MeshOfNodes, PacketThatWaitsForARouteArrivesWhenThePathHeals) {
  GridOfNine grid{2};
  grid.run(2s);
  grid.set({5, 8}, false);
  grid.set({7, 8}, false);
  grid.run(1s);
  grid.nodes[0]->delivery.submit(grid.now, node_id(8), as_bytes("hello"), Precedence::routine, 30s);
  grid.drain();
  grid.run(1500ms);
  EXPECT_TRUE(grid.nodes[8]->arrived.empty());
  grid.set({7, 8}, true);
  grid.run(300ms);
  EXPECT_THAT(grid.nodes[8]->arrived, ::testing::ElementsAre("hello"));
}

}  // namespace
}  // namespace muster::mesh
