// SPDX-License-Identifier: Apache-2.0
#include "sip/agent.hpp"

#include "sip/parser.hpp"
#include "tests/sip/agent_world.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::AgentAt;
using test::AgentWorld;
using Cause = AgentCallEnd::Cause;

struct Pair {
  AgentWorld world;
  AgentAt& alice;
  AgentAt& dave;
  explicit Pair(std::uint64_t seed = 1)
      : world(seed), alice(world.add("alice")), dave(world.add("dave")) {
    alice.to_say = test::tone(440, 2);
    dave.to_say = test::tone(880, 2);
  }
  void call() { EXPECT_TRUE(alice.agent.call(world.now, AgentWorld::address_of(dave))); }
};

TEST(Agent, CallsAndBothHearEachOther) {
  Pair pair;
  pair.call();
  pair.world.run(2200ms);
  EXPECT_EQ(pair.alice.ringing, 1u);
  EXPECT_EQ(pair.dave.called, 1u);
  EXPECT_EQ(pair.alice.talking, 1u);
  EXPECT_EQ(pair.dave.talking, 1u);
  EXPECT_GT(test::share_of_tone(pair.alice.heard, 880), 0.9);
  EXPECT_GT(test::share_of_tone(pair.dave.heard, 440), 0.9);
  EXPECT_LT(test::share_of_tone(pair.dave.heard, 880), 0.01);
}

TEST(Agent, HangsUpWithByeWhicheverSideDoes) {
  for (const bool caller : {true, false}) {
    Pair pair;
    pair.call();
    pair.world.run(1s);
    (caller ? pair.alice : pair.dave).agent.hang_up(pair.world.now);
    pair.world.run(1s);
    auto& other = caller ? pair.dave : pair.alice;
    ASSERT_EQ(pair.alice.ends.size(), 1u);
    ASSERT_EQ(pair.dave.ends.size(), 1u);
    EXPECT_EQ(other.ends[0].end.cause, Cause::hung_up_there);
    EXPECT_TRUE(other.ends[0].talked);
    EXPECT_TRUE(pair.alice.agent.at_rest());
    EXPECT_TRUE(pair.dave.agent.at_rest());
  }
}

TEST(Agent, CancelsACallThatRings) {
  AgentWorld world;
  AgentAt& alice = world.add("alice");
  auto slow = AgentWorld::config_of("dave", 2);
  slow.answer_after = 30s;
  AgentAt& dave = world.add(slow);
  ASSERT_TRUE(alice.agent.call(world.now, AgentWorld::address_of(dave)));
  world.run(2s);
  alice.agent.hang_up(world.now);
  world.run(2s);
  ASSERT_EQ(dave.ends.size(), 1u);
  EXPECT_EQ(dave.ends[0].end.cause, Cause::hung_up_there);
  EXPECT_FALSE(dave.ends[0].talked);
  EXPECT_TRUE(alice.agent.at_rest());
}

TEST(Agent, GivesUpACallThatNobodyAnswers) {
  AgentWorld world;
  auto brief = AgentWorld::config_of("alice", 1);
  brief.ring_max = 5s;
  AgentAt& alice = world.add(brief);
  auto slow = AgentWorld::config_of("dave", 2);
  slow.answer_after = 30s;
  AgentAt& dave = world.add(slow);
  ASSERT_TRUE(alice.agent.call(world.now, AgentWorld::address_of(dave)));
  world.run(7s);
  ASSERT_EQ(alice.ends.size(), 1u);
  EXPECT_EQ(alice.ends[0].end.cause, Cause::no_answer);
  EXPECT_FALSE(dave.agent.in_call());
}

TEST(Agent, HangsUpBeforeAnythingWasHeardOnceItMay) {
  Pair pair;
  pair.call();
  pair.alice.agent.hang_up(pair.world.now);  // nothing has come back yet
  pair.world.run(3s);
  EXPECT_TRUE(pair.alice.agent.at_rest());
  EXPECT_TRUE(pair.dave.agent.at_rest());
  EXPECT_EQ(pair.alice.talking, 0u);
}

TEST(Agent, HasOneLineOnly) {
  Pair pair;
  pair.call();
  pair.world.run(1s);
  AgentAt& bob = pair.world.add("bob");
  ASSERT_TRUE(bob.agent.call(pair.world.now, AgentWorld::address_of(pair.dave)));
  pair.world.run(1s);
  ASSERT_EQ(bob.ends.size(), 1u);
  EXPECT_EQ(bob.ends[0].end.status, 486u);
  EXPECT_TRUE(pair.dave.agent.in_call());
}

TEST(Agent, RefusesCallsIfItDoesNotAnswer) {
  AgentWorld world;
  AgentAt& alice = world.add("alice");
  auto deaf = AgentWorld::config_of("dave", 2);
  deaf.answers = false;
  AgentAt& dave = world.add(deaf);
  ASSERT_TRUE(alice.agent.call(world.now, AgentWorld::address_of(dave)));
  world.run(1s);
  ASSERT_EQ(alice.ends.size(), 1u);
  EXPECT_EQ(alice.ends[0].end.cause, Cause::refused);
  EXPECT_EQ(alice.ends[0].end.status, 480u);
}

TEST(Agent, SendsAndShowsText) {
  Pair pair;
  ASSERT_TRUE(pair.alice.agent.send_text(pair.world.now, AgentWorld::address_of(pair.dave),
                                         "Brücke gesperrt"));
  pair.world.run(1s);
  EXPECT_EQ(pair.dave.texts, std::vector<std::string>{"Brücke gesperrt"});
  ASSERT_EQ(pair.alice.answers.size(), 1u);
  EXPECT_EQ(pair.alice.answers[0].status, 200u);
  EXPECT_TRUE(pair.alice.agent.at_rest());
}

TEST(Agent, RefusesTextThatIsTooLong) {
  Pair pair;
  EXPECT_FALSE(pair.alice.agent.send_text(pair.world.now, AgentWorld::address_of(pair.dave),
                                          std::string(8 * 1024 + 1, 'x')));
}

TEST(Agent, SaysThatNobodyAnsweredItsText) {
  AgentWorld world;
  AgentAt& alice = world.add("alice");
  ASSERT_TRUE(alice.agent.send_text(world.now, *Uri::parse("sip:x@10.9.9.9"), "anybody?"));
  world.run(33s);
  ASSERT_EQ(alice.answers.size(), 1u);
  EXPECT_EQ(alice.answers[0].status, 408u);
}

TEST(Agent, EndsTheCallWhenTheOtherSideNeverAcknowledges) {
  Pair pair;
  pair.call();
  pair.world.run(150ms);                                          // it rings
  pair.world.agents[0]->own = *IpEndpoint::parse("10.0.0.99:1");  // alice is gone
  pair.world.run(70s);
  ASSERT_EQ(pair.dave.ends.size(), 1u);
  EXPECT_EQ(pair.dave.ends[0].end.cause, Cause::failed);
  EXPECT_TRUE(pair.dave.agent.at_rest());
}

TEST(Agent, TakesNoNonsense) {
  Pair pair;
  pair.call();
  pair.world.run(1s);
  SeededRandom chance(3);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes = pair.alice.sent[chance.below(pair.alice.sent.size())];
    for (int j = 0; j < 4; ++j) {
      bytes[chance.below(bytes.size())] = static_cast<std::uint8_t>(chance.next());
    }
    pair.dave.agent.receive(pair.world.now, pair.alice.own, bytes);
    pair.dave.agent.receive_media(pair.world.now, pair.alice.media, bytes);
  }
  EXPECT_GT(pair.dave.agent.counters().malformed, 0u);
  pair.world.run(40s);
  pair.alice.agent.hang_up(pair.world.now);
  pair.dave.agent.hang_up(pair.world.now);
  pair.world.run(70s);
  EXPECT_TRUE(pair.dave.agent.at_rest());
}

TEST(Agent, IsHeardThroughTwentyPercentLossWithOpus) {
  Pair pair;
  pair.world.media_loss = 0.2;
  pair.world.jitter = 20ms;
  pair.alice.to_say = test::voice(20);
  pair.call();
  pair.world.run(20s);
  const std::vector<std::int16_t> heard(pair.dave.heard.begin() + 48'000, pair.dave.heard.end());
  EXPECT_LT(test::share_of_gaps(heard, pair.alice.to_say), 0.08);
}

class AgentUnderLoss : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, AgentUnderLoss, testing::Range<std::uint64_t>(1, 31));

TEST_P(AgentUnderLoss, CallsTalksAndHangsUp) {
  Pair pair(GetParam());
  pair.world.sip_loss = 0.3;
  pair.world.media_loss = 0.05;
  pair.world.jitter = 40ms;
  pair.alice.to_say = test::tone(440, 40);
  pair.call();
  pair.world.run(30s);
  ASSERT_EQ(pair.alice.talking, 1u) << "seed " << GetParam();
  ASSERT_EQ(pair.dave.talking, 1u) << "seed " << GetParam();
  EXPECT_GT(test::share_of_tone(pair.dave.heard, 440), 0.8) << "seed " << GetParam();
  pair.alice.agent.hang_up(pair.world.now);
  pair.world.run(70s);
  EXPECT_TRUE(pair.alice.agent.at_rest()) << "seed " << GetParam();
  EXPECT_TRUE(pair.dave.agent.at_rest()) << "seed " << GetParam();
  EXPECT_EQ(pair.alice.ends.size(), 1u) << "seed " << GetParam();
  EXPECT_EQ(pair.dave.ends.size(), 1u) << "seed " << GetParam();
}

TEST_P(AgentUnderLoss, ShowsEachTextOnce) {
  Pair pair(GetParam());
  pair.world.sip_loss = 0.4;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pair.alice.agent.send_text(pair.world.now, AgentWorld::address_of(pair.dave),
                                           std::to_string(i)));
  }
  pair.world.run(40s);
  EXPECT_THAT(pair.dave.texts, testing::UnorderedElementsAre("0", "1", "2", "3", "4"))
      << "seed " << GetParam();
}

}  // namespace
}  // namespace muster::sip
