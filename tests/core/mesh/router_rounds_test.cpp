// SPDX-License-Identifier: Apache-2.0
// What a router does where ways break all the time: it tells its whole table in rounds.
#include "core/mesh/router.hpp"
#include "tests/core/mesh/router_simulator.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::node_id;

const TimePoint start{1s};

struct Said {
  TimePoint at;
  bool to_all = false;
  RouteMessage message;
};

class RouterThatLosesWays : public ::testing::Test {
 protected:
  RouterThatLosesWays() {
    for (std::uint64_t i = 1; i <= 3; ++i) {
      router.neighbour_up(start, node_id(i), cost_perfect);
      hear(start, i, {{node_id(10 + i), {{1, 1}, 300}}});
    }
    said_until(start + 20s);
  }
  std::vector<Said> said_until(TimePoint end) {
    std::vector<Said> said;
    while (true) {
      while (auto output = router.poll()) {
        if (const auto* out = std::get_if<Router::Send>(&*output))
          said.push_back({now, !out->to, decode_route_message(out->message, 1000, &names).value()});
      }
      const auto deadline = router.deadline();
      if (!deadline || *deadline > end) return said;
      now = *deadline;
      router.advance(now);
    }
  }
  void hear(TimePoint at, std::uint64_t from, std::vector<RouteUpdate> updates,
            std::uint32_t after = 0) {
    RouteMessage message;
    message.boot = 1;
    message.after = after;
    message.upto = after + 1;
    message.updates = std::move(updates);
    message.names = said_names;
    router.receive(at, node_id(from), encode(message));
  }
  /// A neighbour that comes and goes, until the mesh counts as moving.
  TimePoint lose_ways(TimePoint at) {
    for (int i = 0; i < 4; ++i, at += 2s) {
      router.neighbour_up(at, node_id(4), cost_perfect);
      router.neighbour_down(at + 1s, node_id(4));
      said_until(at + 2s);
    }
    EXPECT_TRUE(router.restless());
    return at;
  }
  static bool is_round(const Said& said) { return said.to_all && said.message.after == 0; }

  ShortNames names;
  std::uint32_t said_names = 0;
  TimePoint now = start;
  Router router{node_id(0), 1, {}, 1};
};

TEST_F(RouterThatLosesWays, StaysWithSingleChangesAfterOneOrTwo) {
  router.neighbour_up(start + 20s, node_id(4), cost_perfect);
  router.neighbour_down(start + 21s, node_id(4));
  router.neighbour_up(start + 22s, node_id(4), cost_perfect);
  router.neighbour_down(start + 23s, node_id(4));
  EXPECT_FALSE(router.restless());
  EXPECT_FALSE(std::ranges::any_of(said_until(start + 40s), is_round));
}

TEST_F(RouterThatLosesWays, TakesRequestsForNewerVersionsOfItselfForBreaksAndOlderOnesForNothing) {
  const auto ask_for = [&](TimePoint at, RouteVersion version) {
    RouteMessage question;
    question.boot = 1;
    question.after = question.upto = 1;
    question.requests = {{node_id(0), version, 3}};
    router.receive(at, node_id(1), encode(question));
    said_until(at + 1500ms);
  };
  const RouteVersion answered = router.version();
  for (int i = 0; i < 10; ++i) ask_for(start + 20s + i * 2s, answered);
  EXPECT_FALSE(router.restless());
  for (int i = 0; i < 4; ++i) ask_for(start + 50s + i * 2s, router.version().next());
  EXPECT_TRUE(router.restless());
}

TEST_F(RouterThatLosesWays, TellsItsWholeTableInRoundsEachWithANewerVersionOfItself) {
  const TimePoint begin = lose_ways(start + 20s);
  auto said = said_until(begin + 10s);
  std::erase_if(said, [](const Said& each) { return !is_round(each); });
  ASSERT_GE(said.size(), 8u);
  ASSERT_LE(said.size(), 12u);
  RouteVersion before;
  for (const auto& [at, to_all, message] : said) {
    EXPECT_TRUE(message.is_newest);
    ASSERT_EQ(message.updates.size(), 4u);
    const auto own = std::ranges::find(message.updates, node_id(0), &RouteUpdate::destination);
    ASSERT_NE(own, message.updates.end());
    EXPECT_GT(own->distance.version, before);
    before = own->distance.version;
  }
}

TEST_F(RouterThatLosesWays, AsksOnlyThoseForWhatItMissedWhoDoNotTellItInTheirNextRound) {
  const TimePoint begin = lose_ways(start + 20s);
  hear(begin, 1, {}, 7);
  hear(begin, 2, {}, 7);
  said_until(begin + 1s);
  RouteMessage round;
  round.boot = 1;
  round.upto = 9;
  round.is_newest = true;
  router.receive(now, node_id(1), encode(round));
  std::set<NodeId> asked;
  while (now < begin + 10s) {
    router.advance(*router.deadline());
    now = std::max(now, *router.deadline());
    while (auto output = router.poll()) {
      const auto* out = std::get_if<Router::Send>(&*output);
      if (out != nullptr && decode_route_message(out->message, 1000).value().wants_after)
        asked.insert(out->to.value());
    }
    EXPECT_TRUE(asked.empty() || now >= begin + 2s);
  }
  EXPECT_TRUE(asked.contains(node_id(2)));
  EXPECT_FALSE(asked.contains(node_id(1)));
}

TEST_F(RouterThatLosesWays, AnswersARequestForWhatEachRoundTellsWithTheNextRoundAlone) {
  const TimePoint begin = lose_ways(start + 20s);
  said_until(begin + 1500ms);
  const auto ask_for = [&](RouteVersion version) {
    RouteMessage question;
    question.boot = 1;
    question.after = question.upto = 1;
    question.requests = {{node_id(0), version, 3}};
    router.receive(now, node_id(1), encode(question));
  };
  ask_for(router.version());
  for (const auto& each : said_until(now + 5s)) EXPECT_TRUE(!each.to_all || is_round(each));
  const RouteVersion newer{1, router.version().seqno + 100};
  ask_for(newer);
  EXPECT_EQ(router.version(), newer);
  const auto said = said_until(now + 400ms);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said[0].message.updates[0].destination, node_id(0));
}

TEST_F(RouterThatLosesWays, WaitsHalfARoundForANewerVersionBeforeItAsksForOne) {
  const TimePoint begin = lose_ways(start + 20s);
  hear(begin, 1, {{node_id(11), {{1, 1}, metric_infinity}}}, 1);
  hear(begin, 2, {{node_id(11), {{1, 1}, 900}}}, 1);
  ASSERT_EQ(router.next_hop(node_id(11)), std::nullopt);
  std::optional<TimePoint> asked;
  for (const auto& each : said_until(begin + 10s)) {
    if (!each.message.requests.empty() && !asked) asked = each.at;
  }
  ASSERT_TRUE(asked.has_value());
  EXPECT_GE(*asked, begin + 500ms);
  EXPECT_LE(*asked, begin + 1s);
}

TEST_F(RouterThatLosesWays, TellsAtOnceAlsoInRoundsThatAWayIsGone) {
  const TimePoint begin = lose_ways(start + 20s);
  said_until(begin + 2s);
  const TimePoint heard = now;
  hear(heard, 1, {{node_id(11), {{1, 1}, metric_infinity}}}, 1);
  const auto said = said_until(heard + 400ms);
  EXPECT_TRUE(std::ranges::any_of(said, [](const Said& each) {
    return std::ranges::any_of(each.message.updates, [](const RouteUpdate& update) {
      return update.destination == node_id(11) && !update.distance.finite();
    });
  }));
}

TEST_F(RouterThatLosesWays, ComesToRestAMinuteAfterTheLastLoss) {
  const TimePoint begin = lose_ways(start + 20s);
  said_until(begin + 70s);
  EXPECT_FALSE(router.restless());
  for (const auto& each : said_until(begin + 100s))
    EXPECT_FALSE(is_round(each) && !each.message.updates.empty());
}

TEST_F(RouterThatLosesWays, TellsRoundsFurtherApartTheLargerTheTable) {
  std::vector<RouteUpdate> many;
  for (std::uint64_t i = 100; i < 140; ++i) many.push_back({node_id(i), {{1, 1}, 500}});
  hear(start + 20s, 1, std::move(many), 1);
  const TimePoint begin = lose_ways(start + 21s);
  said_until(begin + 2s);
  auto said = said_until(begin + 22s);
  std::erase_if(said, [](const Said& each) { return !is_round(each); });
  // 44 entries of some 20 octets at 350 octets a second: 2.5 s.
  EXPECT_GE(said.size(), 7u);
  EXPECT_LE(said.size(), 10u);
}

TEST_F(RouterThatLosesWays, UsesShortNamesUntilANeighbourHasOthers) {
  const auto names_in = [&](TimePoint until) {
    std::set<std::size_t> sizes;
    const auto count = router.counters().messages_sent;
    router.advance(until);
    while (auto output = router.poll()) {
      if (const auto* out = std::get_if<Router::Send>(&*output)) sizes.insert(out->message[0]);
    }
    EXPECT_GT(router.counters().messages_sent, count);
    return sizes;
  };
  const TimePoint begin = lose_ways(start + 20s);
  for (const std::uint64_t i : {0, 11, 12, 13}) names.add(node_id(i));
  router.set_names(&names);
  EXPECT_THAT(names_in(begin + 3s), ::testing::ElementsAre(3));
  said_names = names.digest() + 1;
  hear(begin + 3s, 2, {}, 1);
  EXPECT_THAT(names_in(begin + 6s), ::testing::ElementsAre(2));
  said_names = names.digest();
  hear(begin + 6s, 2, {}, 2);
  EXPECT_THAT(names_in(begin + 9s), ::testing::ElementsAre(3));
}

TEST_F(RouterThatLosesWays, UnderstandsNothingOfOtherNamesAndSaysItsOwnWhole) {
  for (const std::uint64_t i : {0, 11, 12, 13}) names.add(node_id(i));
  router.set_names(&names);
  ShortNames others;
  others.add(node_id(77));
  RouteMessage message;
  message.boot = 1;
  message.upto = 2;
  message.names = others.digest();
  message.updates = {{node_id(77), {{1, 1}, 300}}};
  router.receive(start + 20s, node_id(1), encode(message, &others));
  EXPECT_EQ(router.counters().other_names, 1u);
  EXPECT_EQ(router.counters().malformed, 0u);
  EXPECT_EQ(router.next_hop(node_id(77)), std::nullopt);
  router.neighbour_renewed(start + 20s, node_id(1));
  router.advance(start + 21s);
  while (auto output = router.poll()) {
    if (const auto* out = std::get_if<Router::Send>(&*output)) {
      EXPECT_EQ(out->message[0], 2);
    }
  }
}

}  // namespace
}  // namespace muster::mesh
