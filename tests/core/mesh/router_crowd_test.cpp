// SPDX-License-Identifier: Apache-2.0
// What a router with many neighbours does otherwise: broadcasts get lost, and one serves all.
#include "core/mesh/router.hpp"
#include "tests/core/mesh/router_simulator.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;
using test::node_id;

const TimePoint start{1s};

class RouterInACrowd : public ::testing::Test {
 protected:
  RouterInACrowd() {
    for (std::uint64_t i = 1; i <= 5; ++i) {
      router.neighbour_up(start, node_id(i), cost_perfect);
      RouteMessage empty_table;
      empty_table.boot = 1;
      empty_table.is_newest = true;
      router.receive(start, node_id(i), encode(empty_table));
    }
    said_until(start + 20s);
  }
  /// What is said to all meanwhile.
  std::vector<RouteMessage> said_until(TimePoint end) {
    std::vector<RouteMessage> messages;
    while (true) {
      while (auto output = router.poll()) {
        const auto* out = std::get_if<Router::Send>(&*output);
        if (out != nullptr && !out->to)
          messages.push_back(decode_route_message(out->message, 1000).value());
      }
      const auto deadline = router.deadline();
      if (!deadline || *deadline > end) return messages;
      router.advance(*deadline);
    }
  }
  void hear(TimePoint now, std::uint64_t from, std::uint64_t destination, RouteDistance distance) {
    RouteMessage message;
    message.boot = 1;
    message.after = revisions[from];
    message.upto = ++revisions[from];
    message.updates = {{node_id(destination), distance}};
    router.receive(now, node_id(from), encode(message));
  }
  void ask(TimePoint now, std::uint64_t from, const SeqnoRequest& request) {
    RouteMessage question;
    question.boot = 1;
    question.after = question.upto = revisions[from];
    question.requests = {request};
    router.receive(now, node_id(from), encode(question));
  }
  static std::vector<SeqnoRequest> requests_in(const std::vector<RouteMessage>& messages) {
    std::vector<SeqnoRequest> all;
    for (const auto& message : messages)
      all.insert(all.end(), message.requests.begin(), message.requests.end());
    return all;
  }
  std::map<std::uint64_t, std::uint32_t> revisions;
  Router router{node_id(0), 1, {}, 1};
};

TEST_F(RouterInACrowd, TellsAgainWithTheNextTellingWhatItToldJustBefore) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 0}, 300});
  const auto first = said_until(now + 100ms);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_THAT(first[0].updates, ::testing::ElementsAre(RouteUpdate{node_id(9), {{1, 0}, 556}}));
  hear(now + 100ms, 1, 8, {{1, 0}, 44});
  const auto second = said_until(now + 250ms);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].after, first[0].after);
  EXPECT_EQ(second[0].upto, first[0].upto + 1);
  EXPECT_THAT(second[0].updates, ::testing::ElementsAre(RouteUpdate{node_id(9), {{1, 0}, 556}},
                                                        RouteUpdate{node_id(8), {{1, 0}, 300}}));
}

TEST_F(RouterInACrowd, TellsAgainWithTheFirstRefreshButNotForEver) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 0}, 300});
  said_until(now + 100ms);
  const auto refresh = said_until(now + 600ms);
  ASSERT_EQ(refresh.size(), 1u);
  EXPECT_EQ(refresh[0].after + 1, refresh[0].upto);
  EXPECT_EQ(refresh[0].updates.size(), 1u);
  said_until(now + 20s);
  hear(now + 20s, 1, 8, {{1, 0}, 44});
  const auto next = said_until(now + 20100ms);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_THAT(next[0].updates, ::testing::ElementsAre(RouteUpdate{node_id(8), {{1, 0}, 300}}));
}

TEST_F(RouterInACrowd, RepeatsNoMoreThanItsLimit) {
  const TimePoint now = start + 20s;
  for (std::uint64_t i = 0; i < 20; ++i) hear(now, 1, 20 + i, {{1, 0}, 300});
  said_until(now + 100ms);
  hear(now + 100ms, 1, 9, {{1, 0}, 44});
  const auto second = said_until(now + 250ms);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].updates.size(), 1u);
}

TEST_F(RouterInACrowd, AsksAllForANewerVersionEachTimeFurther) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 7}, 300});
  said_until(now + 1s);
  hear(now + 1s, 2, 9, {{1, 7}, 800});
  hear(now + 1s, 1, 9, {{1, 7}, metric_infinity});
  const auto requests = requests_in(said_until(now + 3s));
  ASSERT_GE(requests.size(), 3u);
  EXPECT_EQ(requests[0], (SeqnoRequest{node_id(9), {1, 8}, 3}));
  EXPECT_EQ(requests[1], (SeqnoRequest{node_id(9), {1, 8}, 6}));
  EXPECT_EQ(requests[2], (SeqnoRequest{node_id(9), {1, 8}, 12}));
}

TEST_F(RouterInACrowd, TellsARequestOnOnceUnlessItIsToGoFurther) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 7}, 300});
  said_until(now + 1s);
  ask(now + 1s, 2, {node_id(9), {1, 8}, 3});
  ask(now + 1s, 3, {node_id(9), {1, 8}, 3});
  EXPECT_THAT(requests_in(said_until(now + 1500ms)),
              ::testing::ElementsAre(SeqnoRequest{node_id(9), {1, 8}, 2}));
  ask(now + 1500ms, 4, {node_id(9), {1, 8}, 3});
  EXPECT_THAT(requests_in(said_until(now + 1900ms)), ::testing::IsEmpty());
  ask(now + 1900ms, 4, {node_id(9), {1, 8}, 6});
  EXPECT_THAT(requests_in(said_until(now + 2300ms)),
              ::testing::ElementsAre(SeqnoRequest{node_id(9), {1, 8}, 5}));
}

TEST_F(RouterInACrowd, AnswersManyRequestsForItselfWithOneTelling) {
  const TimePoint now = start + 20s;
  for (std::uint64_t i = 1; i <= 5; ++i) ask(now, i, {node_id(0), {1, 40}, 3});
  const auto told = said_until(now + 100ms);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].updates, ::testing::ElementsAre(RouteUpdate{node_id(0), {{1, 40}, 0}}));
  ask(now + 100ms, 2, {node_id(0), {1, 40}, 3});
  EXPECT_EQ(router.version(), (RouteVersion{1, 40}));
}

TEST_F(RouterInACrowd, AnswersARequestForWhatIsToldNoMoreByItself) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 7}, 300});
  said_until(now + 300ms);
  hear(now + 300ms, 1, 8, {{1, 0}, 300});
  said_until(now + 600ms);
  hear(now + 600ms, 1, 7, {{1, 0}, 300});
  said_until(now + 1s);
  ask(now + 1s, 2, {node_id(7), {1, 0}, 3});
  ask(now + 1s, 2, {node_id(9), {1, 7}, 3});
  const auto answer = said_until(now + 1400ms);
  ASSERT_FALSE(answer.empty());
  EXPECT_THAT(answer[0].updates, ::testing::Contains(RouteUpdate{node_id(9), {{1, 7}, 556}}));
}

TEST_F(RouterInACrowd, LetsNoRequestGoFurtherThanItsOwnWould) {
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 7}, 300});
  said_until(now + 1s);
  ask(now + 1s, 2, {node_id(9), {1, 8}, 255});
  EXPECT_THAT(requests_in(said_until(now + 1500ms)),
              ::testing::ElementsAre(SeqnoRequest{node_id(9), {1, 8}, 32}));
}

TEST_F(RouterInACrowd, RepeatsNothingWhereTablesAreToldInRounds) {
  Router::Limits limits;
  limits.rounds = true;
  router.set_limits(limits);
  const TimePoint now = start + 20s;
  hear(now, 1, 9, {{1, 0}, 300});
  said_until(now + 100ms);
  hear(now + 100ms, 1, 8, {{1, 0}, 44});
  for (const auto& message : said_until(now + 250ms)) EXPECT_EQ(message.updates.size(), 1u);
  ask(now + 250ms, 2, {node_id(9), {1, 8}, 3});
  EXPECT_THAT(requests_in(said_until(now + 350ms)), ::testing::IsEmpty());
}

TEST_F(RouterInACrowd, AnnouncesItselfAnewWhenANeighbourIsLostButNotTooOften) {
  const TimePoint now = start + 20s;
  const auto before = router.version();
  router.neighbour_down(now, node_id(5));
  EXPECT_EQ(router.version(), before.next());
  router.neighbour_up(now + 1s, node_id(5), cost_perfect);
  router.neighbour_down(now + 2s, node_id(5));
  EXPECT_EQ(router.version(), before.next());
}

TEST_F(RouterInACrowd, GoesAroundANeighbourThatIsNotUsableOnlyWhereNoLoopCanCome) {
  const TimePoint now = start + 20s;
  const auto not_the_first = [](const NodeId& hop) { return hop != node_id(1); };
  hear(now, 1, 9, {{1, 7}, 300});
  said_until(now + 1s);
  hear(now + 1s, 2, 9, {{1, 7}, 556});
  EXPECT_EQ(router.usable_hop(node_id(9), not_the_first), std::nullopt);
  hear(now + 1s, 3, 9, {{1, 7}, 500});
  EXPECT_EQ(router.usable_hop(node_id(9), not_the_first), node_id(3));
  EXPECT_EQ(router.next_hop(node_id(9)), node_id(1));
  EXPECT_EQ(router.usable_hop(node_id(9), [](const NodeId&) { return true; }), node_id(1));
}

}  // namespace
}  // namespace muster::mesh
