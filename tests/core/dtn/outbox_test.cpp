// SPDX-License-Identifier: Apache-2.0
#include "core/dtn/outbox.hpp"

#include <gtest/gtest.h>

#include "core/ports/memory_message_store.hpp"

namespace muster::dtn {
namespace {

using namespace std::chrono_literals;

class OutboxBench {
 public:
  explicit OutboxBench(OutboxLimits limits = {}) : limits_(limits) { restart(); }

  void restart(Duration off = 0s) {
    now += off;
    outbox = std::make_unique<Outbox>(store, limits_, 1);
    outbox->start(now);
  }
  Result<MessageId, Refusal> submit(const std::string& identity, const std::string& to = "bob",
                                    std::size_t size = 100) {
    return outbox->submit(now, {identity, "alice", to, Bytes(size, 'x'), 0s, 0s});
  }
  /// The identity of the next attempt; "" if none is due.
  std::string attempt() {
    while (auto output = outbox->poll()) {
      if (auto* made = std::get_if<Outbox::Attempt>(&*output)) {
        last = made->id;
        return made->message.identity;
      }
    }
    return "";
  }
  void report(Outcome outcome) { outbox->outcome(now, last, outcome); }
  void pass(Duration span) {
    const TimePoint end = now + span;
    while (outbox->deadline() && *outbox->deadline() <= end) {
      now = std::max(now, *outbox->deadline());
      outbox->advance(now);
    }
    now = end;
    outbox->advance(now);
  }
  MessageState state(std::size_t index) { return outbox->list(now).at(index).state; }

  ports::MemoryMessageStore store;
  std::unique_ptr<Outbox> outbox;
  TimePoint now = TimePoint{} + 1h;
  MessageId last;

 private:
  OutboxLimits limits_;
};

TEST(Outbox, KeepsAMessageUntilTheRecipientIsReachable) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  EXPECT_EQ(bench.attempt(), "");
  EXPECT_TRUE(bench.outbox->has_waiting("bob"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  EXPECT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::delivered);
  EXPECT_FALSE(bench.outbox->has_waiting("bob"));
  EXPECT_EQ(bench.state(0), MessageState::delivered);
}

TEST(Outbox, ShowsAMessageWhileItWaits) {
  OutboxBench bench;
  const auto id = bench.submit("m1").value();
  ASSERT_NE(bench.outbox->waiting_message(id), nullptr);
  EXPECT_EQ(bench.outbox->waiting_message(id)->identity, "m1");
  EXPECT_EQ(bench.outbox->waiting_message({id.number + 1}), nullptr);
  bench.outbox->outcome(bench.now, id, Outcome::delivered);
  EXPECT_EQ(bench.outbox->waiting_message(id), nullptr);
}

TEST(Outbox, DeliversInOrderOneAtATime) {
  OutboxBench bench;
  for (const char* each : {"m1", "m2", "m3"}) ASSERT_TRUE(bench.submit(each));
  bench.outbox->recipient_reachable(bench.now, "bob");
  for (const char* each : {"m1", "m2", "m3"}) {
    EXPECT_EQ(bench.attempt(), each);
    EXPECT_EQ(bench.attempt(), "");
    bench.report(Outcome::delivered);
  }
}

TEST(Outbox, DoesNotLetOneRecipientHoldUpAnother) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1", "bob"));
  ASSERT_TRUE(bench.submit("m2", "carol"));
  bench.outbox->recipient_reachable(bench.now, "carol");
  EXPECT_EQ(bench.attempt(), "m2");
}

TEST(Outbox, GivesAnAttemptItsTimeOnASlowLinkAndTheLinkARest) {
  OutboxBench bench;
  bench.outbox->set_pace(6s);
  ASSERT_TRUE(bench.submit("m1"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  EXPECT_EQ(*bench.outbox->deadline() - bench.now, 6min);
  bench.report(Outcome::unreachable);
  EXPECT_GT(*bench.outbox->deadline() - bench.now, 30s);
  bench.outbox->set_pace(0s);
  const Duration pause = *bench.outbox->deadline() - bench.now;
  bench.pass(pause);
  ASSERT_EQ(bench.attempt(), "m1");
  EXPECT_EQ(*bench.outbox->deadline() - bench.now, 60s);
}

TEST(Outbox, TriesAgainWithGrowingPausesWhileReachable) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  Duration before = 0s;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(bench.attempt(), "m1");
    bench.report(Outcome::unreachable);
    const Duration pause = *bench.outbox->deadline() - bench.now;
    EXPECT_GT(pause, before);
    EXPECT_LT(pause, 30s);
    before = pause;
    bench.pass(pause);
    before = before * 2 / 3;  // the jitter may eat some of the growth
  }
}

TEST(Outbox, DoesNotTryWhileTheRecipientIsUnreachable) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.outbox->recipient_unreachable(bench.now, "bob");
  bench.report(Outcome::unreachable);
  bench.pass(1h);
  EXPECT_EQ(bench.attempt(), "");
  bench.outbox->recipient_reachable(bench.now, "bob");
  EXPECT_EQ(bench.attempt(), "m1");
}

TEST(Outbox, DoesNotTryAtThePaceOfRepeatedNewsThatTheRecipientIsReachable) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  int attempts = 0;
  for (int i = 0; i < 100; ++i) {
    bench.outbox->recipient_reachable(bench.now, "bob");
    if (bench.attempt() == "m1") {
      ++attempts;
      bench.report(Outcome::unreachable);
    }
    bench.pass(100ms);
  }
  EXPECT_GE(attempts, 3);
  EXPECT_LE(attempts, 7);
}

TEST(Outbox, TreatsAnAttemptWithoutOutcomeAsFailed) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.pass(59s);
  EXPECT_EQ(bench.attempt(), "");
  bench.pass(10s);
  EXPECT_EQ(bench.attempt(), "m1");
  EXPECT_EQ(bench.outbox->counters().attempts_timed_out, 1U);
}

TEST(Outbox, TakesLateGoodNewsOfAnEarlierAttempt) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::unreachable);
  bench.report(Outcome::rejected);  // too late to count
  EXPECT_EQ(bench.state(0), MessageState::waiting);
  bench.report(Outcome::delivered);
  EXPECT_EQ(bench.state(0), MessageState::delivered);
  bench.report(Outcome::delivered);
  EXPECT_EQ(bench.outbox->counters().delivered, 1U);
}

TEST(Outbox, GoesOnAfterARejectedMessage) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  ASSERT_TRUE(bench.submit("m2"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::rejected);
  EXPECT_EQ(bench.state(0), MessageState::rejected);
  EXPECT_EQ(bench.attempt(), "m2");
}

TEST(Outbox, HoldsMessagesOverARestart) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  ASSERT_TRUE(bench.submit("m2"));
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.restart();  // in the middle of the attempt
  EXPECT_TRUE(bench.outbox->has_waiting("bob"));
  EXPECT_EQ(bench.attempt(), "");
  bench.outbox->recipient_reachable(bench.now, "bob");
  EXPECT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::delivered);
  bench.restart();
  EXPECT_EQ(bench.state(0), MessageState::delivered);
  bench.outbox->recipient_reachable(bench.now, "bob");
  EXPECT_EQ(bench.attempt(), "m2");
  EXPECT_GT(bench.submit("m3")->number, bench.last.number);
}

TEST(Outbox, TakesTheSameMessageOnce) {
  OutboxBench bench;
  const auto first = bench.submit("m1");
  EXPECT_EQ(bench.submit("m1"), first);
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::delivered);
  EXPECT_EQ(bench.submit("m1"), first);
  EXPECT_EQ(bench.outbox->find("m1"), *first);
  EXPECT_EQ(bench.attempt(), "");
}

TEST(Outbox, RefusesWhatItCannotStore) {
  OutboxBench bench;
  bench.store.fail = true;
  EXPECT_EQ(bench.submit("m1").error(), Refusal::storage_failed);
  EXPECT_FALSE(bench.outbox->has_waiting("bob"));
  bench.store.fail = false;
  EXPECT_TRUE(bench.submit("m1"));
}

TEST(Outbox, RefusesOverQuotaAndTakesAgainWhenThereIsRoom) {
  OutboxLimits limits;
  limits.quota_bytes_max = 3000;
  OutboxBench bench(limits);
  ASSERT_TRUE(bench.submit("m1", "bob", 1000));
  ASSERT_TRUE(bench.submit("m2", "bob", 1000));
  EXPECT_EQ(bench.submit("m3", "bob", 1000).error(), Refusal::over_quota);
  bench.outbox->recipient_reachable(bench.now, "bob");
  ASSERT_EQ(bench.attempt(), "m1");
  bench.report(Outcome::delivered);
  EXPECT_TRUE(bench.submit("m3", "bob", 1000));
}

TEST(Outbox, RefusesWhatIsTooLarge) {
  OutboxBench bench;
  EXPECT_EQ(bench.submit("m1", "bob", 32769).error(), Refusal::too_large);
  EXPECT_EQ(bench.submit(std::string(65, 'i')).error(), Refusal::too_large);
  EXPECT_EQ(bench.submit("m1", std::string(513, 'b')).error(), Refusal::too_large);
}

TEST(Outbox, ExpiresByPoweredOnTimeAndTellsTheSender) {
  OutboxBench bench;
  ASSERT_TRUE(bench.submit("m1"));
  bench.pass(24h * 4);
  bench.restart(24h * 300);  // off for long: does not count
  EXPECT_TRUE(bench.outbox->has_waiting("bob"));
  bench.pass(24h * 2);
  EXPECT_TRUE(bench.outbox->has_waiting("bob"));
  bench.pass(24h + 20min);
  EXPECT_FALSE(bench.outbox->has_waiting("bob"));
  const auto output = bench.outbox->poll();
  ASSERT_TRUE(output);
  EXPECT_EQ(std::get<Outbox::Expired>(*output).from, "alice");
  EXPECT_EQ(bench.state(0), MessageState::expired);
}

TEST(Outbox, CountsTheAgeAMessageCameWith) {
  OutboxBench bench;
  ASSERT_TRUE(bench.outbox->submit(bench.now, {"m1", "alice", "bob", {}, 50min, 1h}));
  bench.restart();
  EXPECT_EQ(bench.outbox->list(bench.now).at(0).age, 50min);
  bench.pass(11min);
  EXPECT_EQ(bench.state(0), MessageState::expired);
}

TEST(Outbox, RemembersABoundedNumberOfSettledMessages) {
  OutboxLimits limits;
  limits.settled_max = 3;
  OutboxBench bench(limits);
  bench.outbox->recipient_reachable(bench.now, "bob");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(bench.submit("m" + std::to_string(i)));
    ASSERT_NE(bench.attempt(), "");
    bench.report(Outcome::delivered);
  }
  EXPECT_EQ(bench.outbox->list(bench.now).size(), 3U);
  EXPECT_EQ(bench.store.load_messages().size(), 3U);
}

TEST(Outbox, DeliversEverythingInOrderThroughCrashesAndFailures) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    OutboxBench bench;
    SeededRandom random(seed);
    std::map<std::string, std::vector<std::string>> sent;
    std::map<std::string, std::vector<std::string>> shown;
    int next = 0;
    for (int step = 0; step < 400 || bench.outbox->waiting() > 0; ++step) {
      ASSERT_LT(step, 20000) << "seed " << seed;
      const std::string who = random.below(2) ? "bob" : "carol";
      switch (random.below(6)) {
        case 0:
          if (step >= 400) break;
          sent[who].push_back("m" + std::to_string(next++));
          ASSERT_TRUE(bench.submit(sent[who].back(), who));
          break;
        case 1:
          bench.outbox->recipient_reachable(bench.now, who);
          break;
        case 2:
          bench.outbox->recipient_unreachable(bench.now, who);
          break;
        case 3:
          if (random.below(10) == 0) bench.restart();
          break;
        default:
          bench.pass(std::chrono::seconds{random.below(20)});
      }
      const std::string identity = bench.attempt();
      if (identity.empty()) continue;
      const auto to = std::find_if(sent.begin(), sent.end(), [&](const auto& pair) {
                        return std::count(pair.second.begin(), pair.second.end(), identity) > 0;
                      })->first;
      const bool arrives = random.below(3) > 0;
      auto& seen = shown[to];
      if (arrives && (seen.empty() || seen.back() != identity)) seen.push_back(identity);
      // The receipt may be lost, or the node die before it is noted.
      const auto fate = random.below(4);
      if (fate == 0) bench.restart();
      if (fate > 1) bench.report(arrives ? Outcome::delivered : Outcome::unreachable);
    }
    EXPECT_EQ(shown, sent) << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster::dtn
