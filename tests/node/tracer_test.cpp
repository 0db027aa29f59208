// SPDX-License-Identifier: Apache-2.0
#include "node/tracer.hpp"

#include "tests/support/fake_signing.hpp"
#include "tests/support/field_network.hpp"
#include "tests/support/field_phones.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;
using test::FieldNetwork;
using test::FieldPhones;

TEST(TraceMessage, ComesBackAsItWent) {
  const TraceQuestion question{7, 2, test::node_id(1), "alice@drill.example"};
  EXPECT_EQ(std::get<TraceQuestion>(*parse_trace_message(encode(question))), question);
  TraceAnswer answer{7, 2, {test::node_id(2), 300, 1.0, 1500us}, 77s, {}};
  answer.held.push_back({test::node_id(3), {3, 4}, 5s});
  EXPECT_EQ(std::get<TraceAnswer>(*parse_trace_message(encode(answer))), answer);
}

TEST(TraceMessage, CutShortTooLongOrOfAnotherTypeIsNone) {
  TraceAnswer answer{7, 2, {}, 77s, {}};
  answer.held.resize(TraceAnswer::held_max);
  auto bytes = encode(answer);
  EXPECT_TRUE(parse_trace_message(bytes));
  EXPECT_FALSE(parse_trace_message(BytesView(bytes).first(bytes.size() - 1)));
  bytes.resize(bytes.size() + 28);
  EXPECT_FALSE(parse_trace_message(bytes));
  bytes[0] = 9;
  EXPECT_FALSE(parse_trace_message(bytes));
  EXPECT_FALSE(parse_trace_message({}));
}

/// A tracer among nodes that the test plays: node 1 is next after this node (0), then 2, 3 ...
class TracerAlone : public testing::Test {
 protected:
  static Tracer::Limits limits() { return {.traces_max = 2}; }
  TracerAlone()
      : tracer(
            test::node_id(0), limits(),
            [](TimePoint, const TraceQuestion&) {
              return TraceAnswer{0, 0, {test::node_id(1), 256, 1, 1ms}, 1s, {}};
            },
            1) {}
  /// Node `number` answers that `next` comes after it.
  void answer(const Tracer::Send& send, std::optional<std::uint64_t> next) {
    const auto question = std::get<TraceQuestion>(*parse_trace_message(send.message));
    TraceAnswer answer{question.number, question.attempt, {}, 1s, {}};
    if (next) answer.step.next_hop = test::node_id(*next);
    tracer.receive(now, send.to, encode(answer));
  }
  [[nodiscard]] Tracer::Path::State state(std::uint64_t number) const {
    return tracer.find(number)->paths.front().state;
  }

  Tracer tracer;
  TimePoint now = TimePoint{} + 1h;
};

TEST_F(TracerAlone, FollowsTheWayNodeByNode) {
  const auto number = tracer.open(now, {});
  tracer.aim(now, number, {test::node_id(3)}, {});
  for (const std::optional<std::uint64_t> next : {std::optional{2UL}, {3UL}, {std::nullopt}}) {
    const auto send = tracer.poll();
    ASSERT_TRUE(send);
    now += 10ms;
    answer(*send, next);
  }
  EXPECT_EQ(state(number), Tracer::Path::State::arrived);
  EXPECT_TRUE(tracer.find(number)->done);
  EXPECT_EQ(tracer.find(number)->paths.front().visits.size(), 4U);
  EXPECT_EQ(tracer.find(number)->paths.front().visits.back().round_trip, 10ms);
}

TEST_F(TracerAlone, AsksASilentNodeAgainAndEndsInTime) {
  const auto number = tracer.open(now, {});
  tracer.aim(now, number, {test::node_id(3)}, {});
  unsigned asked = 0;
  while (!tracer.find(number)->done) {
    while (tracer.poll()) ++asked;
    ASSERT_TRUE(tracer.deadline());
    ASSERT_GT(*tracer.deadline(), now);
    now = *tracer.deadline();
    tracer.advance(now);
  }
  EXPECT_EQ(now, TimePoint{} + 1h + Tracer::Limits{}.deadline);
  EXPECT_EQ(state(number), Tracer::Path::State::silent);
  EXPECT_GT(asked, 3U);
  EXPECT_LT(asked, 15U);
}

TEST_F(TracerAlone, NoticesALoopAndARouteThatEnds) {
  const auto loop = tracer.open(now, {});
  tracer.aim(now, loop, {test::node_id(9)}, {});
  answer(*tracer.poll(), 0);
  EXPECT_EQ(state(loop), Tracer::Path::State::loop);
  const auto ends = tracer.open(now, {});
  tracer.aim(now, ends, {test::node_id(9)}, {});
  answer(*tracer.poll(), std::nullopt);
  EXPECT_EQ(state(ends), Tracer::Path::State::no_route);
}

TEST_F(TracerAlone, TakesAnAnswerOnlyFromTheNodeThatWasAsked) {
  const auto number = tracer.open(now, {});
  tracer.aim(now, number, {test::node_id(3)}, {});
  auto send = *tracer.poll();
  send.to = test::node_id(66);
  answer(send, 3);
  EXPECT_EQ(tracer.counters().unasked, 1U);
  EXPECT_EQ(state(number), Tracer::Path::State::under_way);
  tracer.receive(now, send.to, as_bytes("no trace"));
  EXPECT_EQ(tracer.counters().malformed, 1U);
}

TEST_F(TracerAlone, AnswersOneAskerOnlySoOften) {
  const auto question = encode(TraceQuestion{1, 0, test::node_id(3), {}});
  for (int i = 0; i < 100; ++i) tracer.receive(now, test::node_id(5), question);
  unsigned answers = 0;
  while (tracer.poll()) ++answers;
  EXPECT_EQ(answers, static_cast<unsigned>(Tracer::Limits{}.answers.burst));
  EXPECT_EQ(tracer.counters().too_often, 100 - answers);
}

TEST_F(TracerAlone, ForgetsTheOldestTrace) {
  const auto first = tracer.open(now, {});
  tracer.open(now, {});
  tracer.open(now, {});
  EXPECT_EQ(tracer.find(first), nullptr);
}

/// Whole nodes in a row, every fifth frame lost.
class TraceOfNodes : public testing::TestWithParam<std::optional<unsigned>> {
 protected:
  TraceOfNodes()
      : network(5, 11, {0.2, 3ms},
                [](std::size_t, Settings& settings) {
                  if (!GetParam()) return;
                  settings.replicate_to_all_bytes_max = 0;
                  settings.copies = *GetParam();
                }),
        phones(network) {
    network.chain();
    phones.register_all(5);
    network.run_for(40s);
  }
  FieldNetwork network;
  FieldPhones phones;
};

TEST_P(TraceOfNodes, ShowsEveryHopToANode) {
  const auto trace = network.trace(0, "host-5");
  ASSERT_EQ(trace.paths.size(), 1U);
  const auto& path = trace.paths.front();
  EXPECT_EQ(path.state, "arrived");
  ASSERT_EQ(path.steps.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(path.steps[i].name, "host-" + std::to_string(i + 1));
    EXPECT_TRUE(path.steps[i].answered);
    if (i == 4) break;
    EXPECT_EQ(path.steps[i].next_hop_name, "host-" + std::to_string(i + 2));
    EXPECT_GT(path.steps[i].delivery_ratio, 0.5);
    EXPECT_GT(path.steps[i].hop_rtt_ms, 5);
  }
  EXPECT_GT(path.steps[4].round_trip_ms, path.steps[1].round_trip_ms);
}

TEST_P(TraceOfNodes, ShowsWhereAUserIsAndWhoHoldsThat) {
  const auto user = test::TestOverlay::user(4);
  const auto trace = network.trace(0, user);
  EXPECT_EQ(trace.state, "found");
  ASSERT_EQ(trace.paths.size(), 1U);
  EXPECT_EQ(trace.paths.front().to_name, "host-5");
  EXPECT_EQ(trace.paths.front().state, "arrived");
  ASSERT_FALSE(trace.holders.empty());
  std::size_t holding = 0;
  for (const auto& holder : trace.holders) {
    EXPECT_TRUE(holder.answered) << holder.name;
    holding += !holder.records.empty();
    for (const auto& record : holder.records) {
      EXPECT_EQ(record.writer_name, "host-5");
      EXPECT_LT(record.age_s, 60U);
    }
  }
  EXPECT_GE(holding, GetParam().value_or(1));
}

TEST_P(TraceOfNodes, SaysThatANodeIsOutOfReachAndThatThereIsNobody) {
  network.kill(2);
  network.run_for(60s);
  const auto trace = network.trace(0, "host-5");
  ASSERT_EQ(trace.paths.size(), 1U);
  EXPECT_NE(trace.paths.front().state, "arrived");
  EXPECT_EQ(network.trace(0, "nobody@elsewhere.example").state, "nobody");
  EXPECT_TRUE(network.trace(0, "nobody").paths.empty());
}

INSTANTIATE_TEST_SUITE_P(BothForms, TraceOfNodes,
                         testing::Values(std::optional<unsigned>{}, std::optional<unsigned>{2}),
                         [](const auto& test) {
                           return test.param ? std::string{"Placed"} : std::string{"Everybody"};
                         });

}  // namespace
}  // namespace muster::node
