// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/delivery.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::mesh {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1s};

NodeId node(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return id;
}

/// Two nodes and a path that loses, doubles and overtakes.
class TwoNodes {
 public:
  explicit TwoNodes(std::uint64_t seed) : random_(seed) {
    ends_.push_back(std::make_unique<Delivery>(Delivery::Limits{}, 1, 1));
    ends_.push_back(std::make_unique<Delivery>(Delivery::Limits{}, 1, 2));
  }
  double loss = 0;
  double doubled = 0;
  Duration delay = 20ms;
  Duration spread = 0ms;
  std::vector<std::string> arrived[2];
  std::set<std::uint64_t> acknowledged[2];
  std::set<std::uint64_t> given_up[2];
  std::size_t sent = 0;

  Delivery& end(std::size_t i) { return *ends_[i]; }
  TimePoint now() const { return now_; }
  void restart(std::size_t i, std::uint32_t boot) {
    ends_[i] = std::make_unique<Delivery>(Delivery::Limits{}, boot, 3);
    acknowledged[i].clear();
  }
  MessageNumber submit(std::size_t from, std::string_view text, Duration give_up_after = 30s,
                       Precedence precedence = Precedence::routine) {
    const auto number = end(from).submit(now_, node(static_cast<std::uint8_t>(1 - from)),
                                         as_bytes(text), precedence, give_up_after);
    drain();
    return number;
  }
  void run(Duration duration) {
    const TimePoint stop = now_ + duration;
    while (true) {
      std::optional<TimePoint> next;
      if (!wire_.empty()) next = wire_.begin()->first;
      for (const auto& end : ends_) next = earlier(next, end->deadline());
      if (!next || *next > stop) break;
      now_ = std::max(now_, *next);
      if (!wire_.empty() && wire_.begin()->first <= now_) {
        const auto [from, payload] = wire_.begin()->second;
        wire_.erase(wire_.begin());
        end(1 - from).receive(now_, node(static_cast<std::uint8_t>(from)), payload);
      }
      for (const auto& end : ends_) end->advance(now_);
      drain();
    }
    now_ = stop;
  }
  void drain() {
    for (std::size_t i = 0; i < 2; ++i) {
      while (auto output = end(i).poll()) {
        if (auto* out = std::get_if<Delivery::Send>(&*output)) {
          ++sent;
          carry(i, out->payload);
          if (random_.unit() < doubled) carry(i, out->payload);
        } else if (auto* in = std::get_if<Delivery::Arrived>(&*output)) {
          arrived[i].emplace_back(as_text(in->message));
        } else if (auto* ack = std::get_if<Delivery::Acknowledged>(&*output)) {
          EXPECT_TRUE(acknowledged[i].insert(ack->number.value).second);
        } else {
          EXPECT_TRUE(given_up[i].insert(std::get<Delivery::GaveUp>(*output).number.value).second);
        }
      }
    }
  }

 private:
  void carry(std::size_t from, const Bytes& payload) {
    if (random_.unit() < loss) return;
    const auto extra = random_.below(static_cast<std::uint64_t>(spread.count()) + 1);
    wire_.emplace(now_ + delay + Duration{static_cast<Duration::rep>(extra)},
                  std::pair{from, payload});
  }
  SeededRandom random_;
  TimePoint now_ = start;
  std::vector<std::unique_ptr<Delivery>> ends_;
  std::multimap<TimePoint, std::pair<std::size_t, Bytes>> wire_;
};

std::vector<std::string> texts(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back("message " + std::to_string(i));
  return all;
}

TEST(Delivery, BringsAMessageAndItsAcknowledgement) {
  TwoNodes nodes{1};
  const auto number = nodes.submit(0, "INVITE");
  nodes.run(1s);
  EXPECT_THAT(nodes.arrived[1], ::testing::ElementsAre("INVITE"));
  EXPECT_TRUE(nodes.acknowledged[0].contains(number.value));
  EXPECT_EQ(nodes.sent, 2u);
  EXPECT_EQ(nodes.end(0).round_trip(node(1)), 40ms);
  EXPECT_EQ(nodes.end(0).pending(node(1)), 0u);
  EXPECT_FALSE(nodes.end(0).deadline());
}

TEST(Delivery, GivesUpAfterTheTimeAllowed) {
  TwoNodes nodes{1};
  nodes.loss = 1;
  const auto number = nodes.submit(0, "INVITE", 4s);
  nodes.run(3999ms);
  EXPECT_TRUE(nodes.given_up[0].empty());
  nodes.run(1ms);
  EXPECT_TRUE(nodes.given_up[0].contains(number.value));
  EXPECT_LT(nodes.sent, 10u);
}

TEST(Delivery, SendsAgainAtOnceWhenAPathAppears) {
  TwoNodes nodes{1};
  nodes.loss = 1;
  nodes.submit(0, "INVITE", 60s);
  nodes.run(30s);
  nodes.loss = 0;
  nodes.end(0).path_up(nodes.now(), node(1));
  nodes.drain();
  nodes.run(20ms);
  EXPECT_THAT(nodes.arrived[1], ::testing::ElementsAre("INVITE"));
}

TEST(Delivery, DoesNotFollowEachNewPathWithACopyOnASlowLink) {
  TwoNodes nodes{1};
  Delivery::Limits slow;
  slow.round_trip = {.timeout_initial = 120s, .timeout_min = 60s, .timeout_max = 300s};
  slow.departures.again_no_sooner = 60s;
  nodes.end(0).set_limits(slow);
  nodes.loss = 1;
  nodes.submit(0, "INVITE", 10min);
  for (int i = 0; i < 20; ++i) {
    nodes.end(0).path_up(nodes.now(), node(1));
    nodes.run(2s);
  }
  EXPECT_EQ(nodes.sent, 1u);
  nodes.run(21s);
  EXPECT_EQ(nodes.sent, 2u) << "a path has come, so it need not wait its whole time";
}

TEST(Delivery, MeasuresTheRoundTripAlsoOfWhatWasSentTwice) {
  TwoNodes nodes{1};
  nodes.delay = 800ms;  // there and back longer than the first wait
  nodes.submit(0, "INVITE");
  nodes.run(5s);
  EXPECT_GE(nodes.sent, 2u);
  EXPECT_EQ(nodes.end(0).round_trip(node(1)), 1600ms);
  EXPECT_THAT(nodes.arrived[1], ::testing::ElementsAre("INVITE"));
}

TEST(Delivery, IsNotBlockedByAMessageGivenUp) {
  TwoNodes nodes{1};
  nodes.loss = 1;
  nodes.submit(0, "lost", 500ms);
  nodes.run(1s);
  nodes.loss = 0;
  nodes.submit(0, "next");
  nodes.run(20ms);
  EXPECT_THAT(nodes.arrived[1], ::testing::ElementsAre("next"));
}

TEST(Delivery, BringsAfterARestartOfTheSenderWhatIsNew) {
  TwoNodes nodes{1};
  for (int i = 0; i < 5; ++i) nodes.submit(0, "old");
  nodes.run(1s);
  nodes.restart(0, 2);
  nodes.submit(0, "new");
  nodes.run(1s);
  EXPECT_EQ(nodes.arrived[1].size(), 6u);
  EXPECT_EQ(nodes.arrived[1].back(), "new");
}

TEST(Delivery, BringsAfterARestartOfTheReceiverWhatIsUnderWay) {
  TwoNodes nodes{1};
  for (int i = 0; i < 5; ++i) nodes.submit(0, "old");
  nodes.run(1s);
  nodes.loss = 1;
  nodes.submit(0, "under way");
  nodes.run(100ms);
  nodes.restart(1, 2);
  nodes.loss = 0;
  nodes.run(1s);
  EXPECT_EQ(nodes.arrived[1].size(), 6u);
  EXPECT_EQ(nodes.arrived[1].back(), "under way");
}

TEST(Delivery, RefusesWhatIsTooLargeByGivingUpAtOnce) {
  TwoNodes nodes{1};
  const std::string large(32001, 'x');
  const auto number = nodes.submit(0, large);
  EXPECT_TRUE(nodes.given_up[0].contains(number.value));
  EXPECT_EQ(nodes.end(0).counters().refused, 1u);
  const auto fits = nodes.submit(0, std::string_view{large}.substr(1));
  nodes.run(1s);
  EXPECT_TRUE(nodes.acknowledged[0].contains(fits.value));
}

TEST(Delivery, LetsFlashPassAFullQueueOfRoutine) {
  TwoNodes nodes{1};
  nodes.loss = 1;
  for (const auto& text : texts(200)) nodes.submit(0, text);
  nodes.run(1s);
  nodes.loss = 0;
  nodes.submit(0, "flash", 30s, Precedence::flash);
  nodes.run(20ms);
  EXPECT_THAT(nodes.arrived[1], ::testing::Contains("flash"));
}

TEST(Delivery, CountsWhatItCannotRead) {
  Delivery delivery{{}, 1, 1};
  delivery.receive(start, node(1), {});
  delivery.receive(start, node(1), Bytes(22, 0xff));
  EXPECT_EQ(delivery.counters().malformed, 2u);
  EXPECT_FALSE(delivery.poll());
}

TEST(Delivery, IsHarmedByNoRandomBytes) {
  SeededRandom random{7};
  Delivery delivery{{}, 1, 1};
  TimePoint now = start;
  for (int i = 0; i < 30000; ++i) {
    Bytes bytes(random.below(40));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(random.next());
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(0x10 + random.below(8));
    for (std::size_t at = 1; at < std::min<std::size_t>(bytes.size(), 8); ++at) {
      if (random.below(3) > 0) bytes[at] = random.below(2) ? 0xff : 0;
    }
    now += 10ms;
    if (i % 100 == 0) delivery.submit(now, node(1), as_bytes("text"), Precedence::routine, 1s);
    delivery.receive(now, node(static_cast<std::uint8_t>(random.below(3))), bytes);
    delivery.advance(now);
    while (delivery.poll()) {
    }
  }
  delivery.advance(now + 5s);
  EXPECT_EQ(delivery.pending(node(1)), 0u);
}

class DeliveryOverBadPath : public ::testing::TestWithParam<std::tuple<double, std::uint64_t>> {};

TEST_P(DeliveryOverBadPath, BringsEveryMessageOnce) {
  const auto [loss, seed] = GetParam();
  SCOPED_TRACE("loss " + std::to_string(loss) + ", seed " + std::to_string(seed));
  TwoNodes nodes{seed};
  nodes.loss = loss;
  nodes.doubled = 0.2;
  nodes.spread = 60ms;
  for (const auto& text : texts(300)) {
    nodes.submit(0, text, 60s);
    nodes.submit(1, text, 60s);
    nodes.run(10ms);
  }
  nodes.run(60s);
  auto expected = texts(300);
  std::sort(expected.begin(), expected.end());
  for (std::size_t i = 0; i < 2; ++i) {
    std::sort(nodes.arrived[i].begin(), nodes.arrived[i].end());
    EXPECT_EQ(nodes.arrived[i], expected);
    EXPECT_EQ(nodes.acknowledged[i].size(), 300u);
    EXPECT_TRUE(nodes.given_up[i].empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeliveryOverBadPath,
                         ::testing::Combine(::testing::Values(0.0, 0.2, 0.3, 0.5),
                                            ::testing::Range<std::uint64_t>(1, 9)));

TEST(DeliveryOverReorderingPath, KeepsTheOrderOfSubmission) {
  TwoNodes nodes{5};
  nodes.spread = 150ms;
  for (const auto& text : texts(300)) {
    nodes.submit(0, text);
    nodes.run(5ms);
  }
  nodes.run(10s);
  EXPECT_EQ(nodes.arrived[1], texts(300));
}

}  // namespace
}  // namespace muster::mesh
