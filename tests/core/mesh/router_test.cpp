// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/router.hpp"

#include "tests/core/mesh/router_simulator.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::node_id;

const TimePoint start{1s};

/// Lets `router` do all it wants until `end`; its messages to `to` are returned.
std::vector<RouteMessage> messages_until(Router& router, TimePoint end) {
  std::vector<RouteMessage> messages;
  while (true) {
    while (auto output = router.poll()) {
      if (auto* out = std::get_if<Router::Send>(&*output)) {
        messages.push_back(decode_route_message(out->message, 1000).value());
      }
    }
    const auto deadline = router.deadline();
    if (!deadline || *deadline > end) return messages;
    router.advance(*deadline);
  }
}

/// Without those that only say which revision is the newest.
std::vector<RouteMessage> news_until(Router& router, TimePoint end) {
  auto messages = messages_until(router, end);
  std::erase_if(messages, [](const RouteMessage& each) {
    return each.updates.empty() && each.requests.empty() && !each.wants_after;
  });
  return messages;
}

/// Everything up to that revision is said to be in it.
Bytes says(std::uint32_t revision, std::vector<RouteUpdate> updates, std::uint32_t boot = 1) {
  RouteMessage message;
  message.boot = boot;
  message.upto = revision;
  message.updates = std::move(updates);
  return encode(message);
}

class RouterWithTwoNeighbours : public ::testing::Test {
 protected:
  RouterWithTwoNeighbours() {
    router.neighbour_up(start, near, cost_perfect);
    router.neighbour_up(start, other, cost_perfect);
    RouteMessage empty_table;
    empty_table.boot = 1;
    empty_table.is_newest = true;
    router.receive(start, near, encode(empty_table));
    router.receive(start, other, encode(empty_table));
  }
  void hear(TimePoint now, const NodeId& from, RouteDistance distance) {
    router.receive(now, from, says(++number, {{far, distance}}));
  }
  NodeId near = node_id(1), other = node_id(2), far = node_id(9);
  Router router{node_id(0), 1, {}, 1};
  std::uint32_t number = 0;
};

TEST_F(RouterWithTwoNeighbours, TakesTheNearerOne) {
  hear(start, near, {{1, 0}, 600});
  EXPECT_EQ(router.next_hop(far), near);
  hear(start, other, {{1, 0}, 300});
  EXPECT_EQ(router.next_hop(far), other);
  EXPECT_EQ(router.routes().at(0).metric, 556);
}

TEST_F(RouterWithTwoNeighbours, RefusesARouteThatMayComeBackToItself) {
  hear(start, near, {{1, 0}, 300});
  messages_until(router, start + 100ms);  // tells 556: from now on only less than 556 is feasible
  router.neighbour_down(start + 1s, near);
  hear(start + 1s, other, {{1, 0}, 556});
  EXPECT_EQ(router.next_hop(far), std::nullopt);
  hear(start + 1s, other, {{1, 0}, 555});
  EXPECT_EQ(router.next_hop(far), other);
}

TEST_F(RouterWithTwoNeighbours, SaysInQuietOnlyWhichRevisionIsTheNewest) {
  hear(start, near, {{1, 0}, 300});
  const auto told = messages_until(router, start + 1s);
  ASSERT_FALSE(told.empty());
  const auto newest = told.back().upto;
  const auto quiet = messages_until(router, start + 30s);
  EXPECT_LE(quiet.size(), 8u);
  for (const auto& message : quiet) {
    if (message.wants_after) continue;
    EXPECT_TRUE(message.is_newest);
    EXPECT_EQ(message.upto, newest);
    EXPECT_THAT(message.updates, ::testing::IsEmpty());
  }
}

TEST_F(RouterWithTwoNeighbours, AsksForWhatItMissed) {
  hear(start, near, {{1, 0}, 300});
  messages_until(router, start + 1s);
  RouteMessage late;
  late.boot = 1;
  late.after = 5;
  late.upto = 6;
  router.receive(start + 1s, near, encode(late));
  const auto messages = news_until(router, start + 1300ms);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].wants_after, 1u);
  late.after = 1;
  late.is_newest = true;
  router.receive(start + 1300ms, near, encode(late));
  for (const auto& message : messages_until(router, start + 5s)) EXPECT_FALSE(message.wants_after);
}

TEST_F(RouterWithTwoNeighbours, TellsWhoMissedSomethingThatAlone) {
  hear(start, near, {{1, 0}, 300});
  const auto before = messages_until(router, start + 1s).back().upto;
  router.receive(start + 1s, near, says(++number, {{node_id(8), {{1, 0}, 10}}}));
  messages_until(router, start + 2s);
  RouteMessage question;
  question.boot = 1;
  question.wants_after = before;
  router.receive(start + 2s, other, encode(question));
  const auto messages = messages_until(router, start + 2100ms);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].after, before);
  EXPECT_TRUE(messages[0].is_newest);
  EXPECT_THAT(messages[0].updates, ::testing::ElementsAre(RouteUpdate{node_id(8), {{1, 0}, 266}}));
}

TEST_F(RouterWithTwoNeighbours, AsksWhetherRoutesHoldBeforeTheyExpire) {
  const auto asks = [](const std::vector<RouteMessage>& messages) {
    return std::ranges::count_if(messages, [](const auto& each) { return !!each.wants_after; });
  };
  hear(start, near, {{1, 0}, 300});
  EXPECT_EQ(asks(messages_until(router, start + 35s)), 0);
  EXPECT_GE(asks(messages_until(router, start + 45s)), 1);
  RouteMessage holds;
  holds.boot = 1;
  holds.after = holds.upto = number;
  holds.is_newest = true;
  router.receive(start + 45s, near, encode(holds));
  EXPECT_EQ(asks(messages_until(router, start + 75s)), 0);
  EXPECT_EQ(router.next_hop(far), near);
}

TEST_F(RouterWithTwoNeighbours, TakesAnythingNewer) {
  hear(start, near, {{1, 7}, 300});
  messages_until(router, start + 100ms);
  router.neighbour_down(start + 1s, near);
  hear(start + 1s, other, {{1, 8}, 5000});
  EXPECT_EQ(router.next_hop(far), other);
}

TEST_F(RouterWithTwoNeighbours, KeepsTheOnlyPathWhenItGetsWorse) {
  hear(start, near, {{1, 0}, 300});
  messages_until(router, start + 100ms);
  hear(start + 1s, near, {{1, 0}, 2000});
  EXPECT_EQ(router.next_hop(far), near);
  EXPECT_EQ(router.routes().at(0).metric, 2256);
}

TEST_F(RouterWithTwoNeighbours, RetractsAndThenAsksForANewerVersion) {
  hear(start, near, {{1, 7}, 300});
  messages_until(router, start + 100ms);
  hear(start + 1s, other, {{1, 7}, 800});
  router.neighbour_down(start + 1s, near);
  const auto messages = news_until(router, start + 1100ms);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].updates.at(0).distance.metric, metric_infinity);
  EXPECT_EQ(messages[1].requests.at(0), (SeqnoRequest{far, {1, 8}, 32}));
}

TEST_F(RouterWithTwoNeighbours, DoesNotFollowAMomentarilyBetterMetric) {
  hear(start, near, {{1, 0}, 600});
  hear(start, other, {{1, 0}, 700});
  messages_until(router, start + 60s - 10s);
  hear(start + 50s, near, {{1, 0}, 800});
  EXPECT_EQ(router.next_hop(far), near);
  hear(start + 50500ms, near, {{1, 0}, 600});
  messages_until(router, start + 54s);
  EXPECT_EQ(router.next_hop(far), near);
}

TEST_F(RouterWithTwoNeighbours, FollowsALastinglyBetterMetric) {
  hear(start, near, {{1, 0}, 600});
  hear(start, other, {{1, 0}, 700});
  hear(start + 1s, near, {{1, 0}, 1200});
  EXPECT_EQ(router.next_hop(far), near);
  messages_until(router, start + 6s);
  EXPECT_EQ(router.next_hop(far), other);
}

TEST_F(RouterWithTwoNeighbours, ForgetsWhatIsNotRenewed) {
  hear(start, near, {{1, 0}, 300});
  messages_until(router, start + 55s);
  EXPECT_EQ(router.next_hop(far), near);
  messages_until(router, start + 62s);
  EXPECT_EQ(router.next_hop(far), std::nullopt);
}

TEST_F(RouterWithTwoNeighbours, IgnoresAnOlderMessageThatComesLate) {
  router.receive(start, near, says(5, {{far, {{1, 0}, metric_infinity}}}));
  router.receive(start, near, says(7, {{far, {{1, 0}, 300}}}));
  router.receive(start, near, says(8, {{far, {{1, 0}, metric_infinity}}}));
  router.receive(start, near, says(6, {{far, {{1, 0}, 300}}}));
  EXPECT_EQ(router.next_hop(far), std::nullopt);
  EXPECT_EQ(router.counters().outdated_updates, 1u);
}

TEST_F(RouterWithTwoNeighbours, ForgetsTheRoutesOfANeighbourThatRestarted) {
  router.receive(start, near, says(5, {{far, {{1, 0}, 300}}}, 1));
  router.receive(start, near, says(1, {{near, {{2, 0}, 0}}}, 2));
  EXPECT_EQ(router.next_hop(far), std::nullopt);
  EXPECT_EQ(router.next_hop(near), near);
}

TEST_F(RouterWithTwoNeighbours, GoesOnFromWhatOthersRememberOfIt) {
  router.receive(start, near, says(1, {{node_id(0), {{6, 40}, 256}}}));
  EXPECT_EQ(router.version(), (RouteVersion{6, 41}));
}

TEST_F(RouterWithTwoNeighbours, AnswersARequestForItselfOnceWithANewVersion) {
  messages_until(router, start + 10s);
  RouteMessage question;
  question.boot = 1;
  question.requests = {{node_id(0), {1, 1}, 3}};
  for (std::uint32_t i = 0; i < 3; ++i) {
    router.receive(start + 10s, near, encode(question));
  }
  const auto messages = messages_until(router, start + 10100ms);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].updates.at(0), (RouteUpdate{node_id(0), {{1, 1}, 0}}));
}

TEST_F(RouterWithTwoNeighbours, PassesARequestOnOnceAndTheAnswerBack) {
  hear(start, near, {{1, 3}, 300});
  messages_until(router, start + 100ms);
  RouteMessage question;
  question.boot = 1;
  question.requests = {{far, {1, 4}, 3}};
  router.receive(start + 200ms, other, encode(question));
  router.receive(start + 210ms, other, encode(question));
  auto messages = news_until(router, start + 300ms);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].requests.at(0), (SeqnoRequest{far, {1, 4}, 2}));
  hear(start + 400ms, near, {{1, 4}, 300});
  messages = news_until(router, start + 500ms);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].updates.at(0).distance, (RouteDistance{{1, 4}, 556}));
}

TEST_F(RouterWithTwoNeighbours, CountsStrangersAndGarbageAndKeepsItsRoutes) {
  hear(start, near, {{1, 0}, 300});
  router.receive(start, node_id(77), says(1, {{far, {{9, 0}, 0}}}));
  router.receive(start, near, Bytes(50, 0xff));
  router.receive(start, near, Bytes(5000, 1));
  EXPECT_EQ(router.counters().from_strangers, 1u);
  EXPECT_EQ(router.counters().malformed, 2u);
  EXPECT_EQ(router.next_hop(far), near);
}

TEST(Router, AsksANeighbourWhoseTableWasLost) {
  Router router{node_id(0), 1, {}, 1};
  router.neighbour_up(start, node_id(1), cost_perfect);
  news_until(router, start + 400ms);
  const auto messages = news_until(router, start + 2s);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].wants_after, 0u);
  EXPECT_EQ(messages[1].wants_after, 0u);
}

TEST_F(RouterWithTwoNeighbours, TellsARenewedNeighbourTheNewestRevisionAndAsksForTheirs) {
  hear(start, near, {{1, 0}, 300});
  messages_until(router, start + 10s);
  router.neighbour_renewed(start + 10s, other);
  const auto messages = messages_until(router, start + 11s);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_TRUE(messages[0].is_newest);
  EXPECT_THAT(messages[0].updates, ::testing::IsEmpty());
  EXPECT_EQ(messages[1].wants_after, 0u);
}

TEST_F(RouterWithTwoNeighbours, TellsWhoMissedItThatARouteIsGone) {
  hear(start, near, {{1, 0}, 300});
  const auto before = messages_until(router, start + 1s).back().upto;
  hear(start + 1s, near, {{1, 0}, metric_infinity});
  messages_until(router, start + 2s);
  RouteMessage question;
  question.boot = 1;
  question.wants_after = before;
  router.receive(start + 2s, other, encode(question));
  EXPECT_THAT(messages_until(router, start + 2100ms).at(0).updates,
              ::testing::ElementsAre(RouteUpdate{far, {{1, 0}, metric_infinity}}));
}

TEST_F(RouterWithTwoNeighbours, AsksForEverythingOnceRoutesHaveExpiredUnrenewed) {
  hear(start, near, {{1, 0}, 300});
  std::optional<std::uint32_t> wanted;
  for (const auto& message : messages_until(router, start + 70s))
    if (message.wants_after) wanted = message.wants_after;
  EXPECT_EQ(wanted, 0u);
}

TEST(Router, RefusesDestinationsAboveTheLimit) {
  Router::Limits limits;
  limits.destinations_max = 3;
  Router router{node_id(0), 1, limits, 1};
  router.neighbour_up(start, node_id(1), cost_perfect);
  for (std::uint32_t i = 1; i <= 5; ++i) {
    router.receive(start, node_id(1), says(i, {{node_id(i), {{1, 0}, 10}}}));
  }
  EXPECT_EQ(router.routes().size(), 3u);
  EXPECT_EQ(router.counters().destinations_refused, 2u);
}

TEST(Router, CutsALargeTableIntoMessagesOfLimitedSize) {
  Router router{node_id(0), 1, {}, 1};
  router.neighbour_up(start, node_id(1), cost_perfect);
  for (std::uint32_t i = 1; i <= 500; ++i) {
    router.receive(start, node_id(1), says(i, {{node_id(i), {{1, 0}, 10}}}));
  }
  std::set<NodeId> told;
  std::size_t longest = 0;
  for (const auto& message : messages_until(router, start + 200ms)) {
    longest = std::max(longest, encode(message).size());
    for (const auto& update : message.updates) told.insert(update.destination);
  }
  EXPECT_EQ(told.size(), 501u);
  EXPECT_LE(longest, 1000u);
}

TEST(Router, IsHarmedByNoRandomBytes) {
  SeededRandom random{42};
  Router router{node_id(0), 1, {}, 1};
  router.neighbour_up(start, node_id(1), cost_perfect);
  router.neighbour_up(start, node_id(2), cost_perfect);
  TimePoint now = start;
  for (std::uint32_t round = 0; round < 20000; ++round) {
    Bytes bytes = says(round, {{node_id(random.below(9)), {{1, 0}, 100}}});
    for (int i = 0; i < 3; ++i) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
    }
    now += Duration{random.below(50'000'000)};
    router.receive(now, node_id(1 + random.below(2)), bytes);
    router.advance(now);
    while (router.poll()) {
    }
  }
  EXPECT_GT(router.counters().malformed, 0u);
  EXPECT_LE(router.routes().size(), Router::Limits{}.destinations_max);
}

}  // namespace
}  // namespace muster::mesh
