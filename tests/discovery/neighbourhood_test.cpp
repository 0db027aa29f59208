// SPDX-License-Identifier: Apache-2.0
#include "discovery/neighbourhood.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{std::chrono::seconds{50}};
constexpr LinkId wifi{1};

NodeId node_id(std::uint8_t first) {
  NodeId id;
  id.octets[0] = first;
  return id;
}

LinkAddress address(std::uint8_t last) { return {Bytes{10, 77, 0, last}}; }

Bytes beacon_of(std::uint8_t node, std::uint32_t boot = 1, bool answer_wanted = false) {
  return Beacon{node_id(node), boot, answer_wanted}.encode();
}

struct Sent {
  TimePoint at;
  Neighbourhood::SendBeacon beacon;
};

/// One node's neighbourhood under a clock that the test owns.
class Host {
 public:
  explicit Host(std::uint8_t id, Neighbourhood::Limits limits = {}, std::uint64_t seed = 1,
                std::uint32_t boot = 1)
      : machine({node_id(id), boot, false}, limits, seed) {}

  void drain() {
    while (auto output = machine.poll()) {
      if (auto* beacon = std::get_if<Neighbourhood::SendBeacon>(&*output)) {
        sent.push_back({now, *beacon});
      } else if (auto* clone = std::get_if<Neighbourhood::OwnNameHeard>(&*output)) {
        clones.push_back(clone->boot);
      } else {
        heard.push_back(std::get<Neighbourhood::Heard>(*output));
      }
    }
  }
  void run_for(Duration span) {
    const TimePoint end = now + span;
    for (auto next = machine.deadline(); next && *next <= end; next = machine.deadline()) {
      now = std::max(now, *next);
      machine.advance(now);
      drain();
    }
    now = end;
  }
  void hear(const LinkPath& from, const Bytes& beacon) {
    machine.receive(now, from, beacon);
    drain();
  }
  std::size_t sent_since(TimePoint since) const {
    return static_cast<std::size_t>(std::count_if(
        sent.begin(), sent.end(), [&](const Sent& beacon) { return beacon.at >= since; }));
  }

  Neighbourhood machine;
  TimePoint now = start;
  std::vector<Sent> sent;
  std::vector<Neighbourhood::Heard> heard;
  std::vector<std::uint32_t> clones;
};

TEST(Neighbourhood, SaysThreeTimesInTheFirstSecondsThatItIsThere) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.run_for(1300ms);
  ASSERT_EQ(host.sent.size(), 3U);
  EXPECT_LE(host.sent[0].at - start, 120ms);
  EXPECT_FALSE(host.sent[0].beacon.to.has_value());
  EXPECT_EQ(host.sent[0].beacon.plaintext, beacon_of(1));
}

TEST(Neighbourhood, SlowsDownToOneBeaconInFiveSecondsWithJitter) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.run_for(30s);
  const std::size_t before = host.sent.size();
  host.run_for(100s);
  EXPECT_NEAR(static_cast<double>(host.sent.size() - before), 20, 3);
  EXPECT_NE(host.sent[before + 1].at - host.sent[before].at,
            host.sent[before + 2].at - host.sent[before + 1].at);
}

TEST(Neighbourhood, QuickensWhenAnUnknownNodeIsHeard) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.run_for(60s);
  const TimePoint heard_at = host.now;
  host.hear({wifi, address(2)}, beacon_of(2));
  host.run_for(1300ms);
  EXPECT_GE(host.sent_since(heard_at), 3U);
}

TEST(Neighbourhood, DoesNotShoutWhenManyNodesAreMadeUp) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.run_for(60s);
  const TimePoint began = host.now;
  for (std::uint8_t i = 2; i < 202; ++i) {
    host.hear({wifi, address(i)}, beacon_of(i));
    host.run_for(50ms);
  }
  EXPECT_LE(host.sent_since(began), 45U);
}

TEST(Neighbourhood, TellsOfANodeUntilItIsConnected) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2, 7));
  host.hear({wifi, address(2)}, beacon_of(2, 7));
  ASSERT_EQ(host.heard.size(), 2U);
  EXPECT_EQ(host.heard[0].node, node_id(2));
  EXPECT_EQ(host.heard[0].boot, 7U);
  EXPECT_EQ(host.heard[0].path, (LinkPath{wifi, address(2)}));

  host.machine.connected(host.now, node_id(2));
  host.hear({wifi, address(2)}, beacon_of(2, 7));
  EXPECT_EQ(host.heard.size(), 2U);
}

TEST(Neighbourhood, TellsOfAConnectedNodeThatHasRestarted) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2, 7));
  host.machine.connected(host.now, node_id(2));
  host.hear({wifi, address(2)}, beacon_of(2, 8));
  ASSERT_EQ(host.heard.size(), 2U);
  EXPECT_EQ(host.heard[1].boot, 8U);
}

TEST(Neighbourhood, TellsOfANewPathToAConnectedNodeOnce) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2));
  host.machine.connected(host.now, node_id(2));
  host.hear({wifi, address(20)}, beacon_of(2));
  host.hear({wifi, address(2)}, beacon_of(2));
  host.hear({wifi, address(20)}, beacon_of(2));
  EXPECT_EQ(host.heard.size(), 2U);
}

TEST(Neighbourhood, IgnoresAnEarlierLifeOfAConnectedNode) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2, 7));
  host.machine.connected(host.now, node_id(2));
  host.hear({wifi, address(66)}, beacon_of(2, 6));
  EXPECT_EQ(host.heard.size(), 1U);
  EXPECT_EQ(host.machine.counters().old_boot, 1U);
}

TEST(Neighbourhood, TellsAgainOfANodeThatWasLost) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2));
  host.machine.connected(host.now, node_id(2));
  host.machine.lost(host.now, node_id(2));
  host.hear({wifi, address(2)}, beacon_of(2));
  EXPECT_EQ(host.heard.size(), 2U);
}

TEST(Neighbourhood, TellsOnceForEachStartThatAnotherMachineHasItsName) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  for (const std::uint32_t boot : {3U, 3U, 4U, 3U}) {
    host.hear({wifi, address(9)}, beacon_of(1, boot));
  }
  EXPECT_TRUE(host.heard.empty());
  EXPECT_EQ(host.clones, (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(host.machine.counters().clones, 4U);
}

TEST(Neighbourhood, TakesABeaconOfAnEarlierStartOfItselfForARecording) {
  Host host(1, {}, 1, 5);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(9)}, beacon_of(1, 4));
  EXPECT_TRUE(host.clones.empty());
  EXPECT_EQ(host.machine.counters().own, 1U);
}

TEST(Neighbourhood, AsksAStaticPeerEverMoreRarelyButAtLeastEveryTwelveSeconds) {
  Host host(1);
  host.machine.link_up(host.now, wifi, false);
  host.machine.add_static_peer(host.now, wifi, address(9));
  host.run_for(120s);
  ASSERT_GE(host.sent.size(), 18U);
  EXPECT_LE(host.sent.size(), 32U);
  for (const Sent& sent : host.sent) {
    EXPECT_EQ(sent.beacon.to, address(9));
    EXPECT_EQ(sent.beacon.plaintext, beacon_of(1, 1, true));
  }
  const std::size_t before = host.sent.size();
  host.run_for(12s);
  EXPECT_GE(host.sent.size(), before + 1);
}

TEST(Neighbourhood, LeavesAStaticPeerAloneWhileItIsConnected) {
  Host host(1);
  host.machine.link_up(host.now, wifi, false);
  host.machine.add_static_peer(host.now, wifi, address(9));
  host.run_for(1s);
  host.hear({wifi, address(9)}, beacon_of(9));
  host.machine.connected(host.now, node_id(9));
  const TimePoint connected_at = host.now;
  host.run_for(60s);
  EXPECT_EQ(host.sent_since(connected_at), 0U);
  host.machine.lost(host.now, node_id(9));
  host.run_for(1s);
  EXPECT_GE(host.sent_since(connected_at), 2U);
}

TEST(Neighbourhood, AsksACandidateSomeTimesAndForgetsIt) {
  Host host(1, {.candidate_tries_max = 5});
  host.machine.link_up(host.now, wifi, false);
  host.machine.add_candidate(host.now, {wifi, address(9)});
  host.run_for(120s);
  ASSERT_EQ(host.sent.size(), 5U);
  for (const Sent& sent : host.sent) {
    EXPECT_EQ(sent.beacon.to, address(9));
    EXPECT_EQ(sent.beacon.plaintext, beacon_of(1, 1, true));
  }
  host.machine.add_candidate(host.now, {wifi, address(9)});
  host.run_for(120s);
  EXPECT_EQ(host.sent.size(), 10U) << "told of again: tried again";
}

TEST(Neighbourhood, LeavesACandidateAloneWhileItIsConnectedAndAsksAgainOnceItIsLost) {
  Host host(1, {.candidate_tries_max = 5});
  host.machine.link_up(host.now, wifi, false);
  host.machine.add_candidate(host.now, {wifi, address(9)});
  host.run_for(500ms);
  host.hear({wifi, address(9)}, beacon_of(9));
  host.machine.connected(host.now, node_id(9));
  const TimePoint connected_at = host.now;
  host.run_for(600s);
  EXPECT_EQ(host.sent_since(connected_at), 0U);
  host.machine.lost(host.now, node_id(9));
  host.run_for(120s);
  EXPECT_EQ(host.sent_since(connected_at), 5U);
}

TEST(Neighbourhood, ForgetsACandidateThatIsTakenBackButNotAStaticPeer) {
  Host host(1);
  host.machine.link_up(host.now, wifi, false);
  host.machine.add_static_peer(host.now, wifi, address(8));
  host.machine.add_candidate(host.now, {wifi, address(8)});
  host.machine.add_candidate(host.now, {wifi, address(9)});
  host.machine.remove_candidate(host.now, {wifi, address(8)});
  host.machine.remove_candidate(host.now, {wifi, address(9)});
  host.run_for(120s);
  EXPECT_GE(host.sent.size(), 18U);
  for (const Sent& sent : host.sent) EXPECT_EQ(sent.beacon.to, address(8));
}

TEST(Neighbourhood, KeepsACandidateUntilItsLinkIsUp) {
  Host host(1, {.candidate_tries_max = 5});
  host.machine.add_candidate(host.now, {wifi, address(9)});
  host.run_for(600s);
  EXPECT_TRUE(host.sent.empty());
  host.machine.link_up(host.now, wifi, false);
  host.run_for(120s);
  EXPECT_EQ(host.sent.size(), 5U);
}

TEST(Neighbourhood, TakesNoMoreCandidatesThanItsLimit) {
  Host host(1, {.candidates_max = 3});
  host.machine.link_up(host.now, wifi, false);
  for (std::uint8_t i = 2; i < 10; ++i) host.machine.add_candidate(host.now, {wifi, address(i)});
  EXPECT_EQ(host.machine.counters().refused, 5U);
  host.run_for(150ms);
  EXPECT_EQ(host.sent.size(), 3U);
}

TEST(Neighbourhood, AnswersWhoeverWantsAnAnswerButNotTooOften) {
  Host host(1);
  host.machine.link_up(host.now, wifi, false);
  for (int i = 0; i < 5; ++i) host.hear({wifi, address(9)}, beacon_of(9, 1, true));
  ASSERT_EQ(host.sent.size(), 1U);
  EXPECT_EQ(host.sent[0].beacon.to, address(9));
  EXPECT_EQ(host.sent[0].beacon.plaintext, beacon_of(1));
  host.run_for(1s);
  host.hear({wifi, address(9)}, beacon_of(9, 1, true));
  EXPECT_EQ(host.sent.size(), 2U);
}

TEST(Neighbourhood, FallsSilentOnALinkThatIsDown) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.machine.add_static_peer(host.now, wifi, address(9));
  host.run_for(1s);
  host.machine.link_down(host.now, wifi);
  host.drain();
  const std::size_t before = host.sent.size();
  host.run_for(60s);
  EXPECT_EQ(host.sent.size(), before);
  EXPECT_FALSE(host.machine.deadline().has_value());
}

TEST(Neighbourhood, RemembersNoMoreNodesThanItsLimitAndKeepsTheConnected) {
  Host host(1, {.nodes_max = 4});
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, beacon_of(2));
  host.machine.connected(host.now, node_id(2));
  for (std::uint8_t i = 3; i < 100; ++i) host.hear({wifi, address(i)}, beacon_of(i));
  EXPECT_GT(host.machine.counters().table_full, 0U);
  const std::size_t before = host.heard.size();
  host.hear({wifi, address(2)}, beacon_of(2));
  EXPECT_EQ(host.heard.size(), before) << "the connected node was forgotten";
}

TEST(Neighbourhood, SpeaksTheMoreSeldomTheMoreAreHeard) {
  const auto beacons = [](std::uint8_t others) {
    Host host(1);
    host.machine.link_up(host.now, wifi);
    host.run_for(1min);
    for (std::uint8_t i = 0; i < others; ++i) host.hear({wifi, address(i)}, beacon_of(i + 10));
    host.run_for(1min);
    const std::size_t before = host.sent.size();
    for (int i = 0; i < 30; ++i) {
      for (std::uint8_t other = 0; other < others; ++other)
        host.hear({wifi, address(other)}, beacon_of(other + 10));
      host.run_for(20s);
    }
    return host.sent.size() - before;
  };
  EXPECT_NEAR(static_cast<double>(beacons(8)), 120, 15);
  EXPECT_NEAR(static_cast<double>(beacons(127)), 30, 8) << "of 128 stations, four times as many";
}

TEST(Neighbourhood, OnlySomeOfACrowdAnswerWhoIsNew) {
  int answered = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Host host(1, {}, seed);
    host.machine.link_up(host.now, wifi);
    for (std::uint8_t i = 0; i < 127; ++i) host.hear({wifi, address(i)}, beacon_of(i + 10));
    host.run_for(10min);
    for (std::uint8_t i = 0; i < 127; ++i) host.hear({wifi, address(i)}, beacon_of(i + 10));
    host.run_for(1s);
    const std::size_t before = host.sent.size();
    host.hear({wifi, address(200)}, beacon_of(200));
    host.run_for(200ms);
    answered += host.sent.size() > before;
  }
  EXPECT_GE(answered, 1);
  EXPECT_LE(answered, 12) << "of 40";
}

TEST(Neighbourhood, CountsAndDropsWhatIsNoBeacon) {
  Host host(1);
  host.machine.link_up(host.now, wifi);
  host.hear({wifi, address(2)}, Bytes{1, 2, 3});
  EXPECT_TRUE(host.heard.empty());
  EXPECT_EQ(host.machine.counters().malformed, 1U);
}

TEST(Neighbourhood, HearsAStaticPeerWithinMinutesAlthoughHalfOfTheBeaconsAreLost) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    Host asking(1, {}, seed);
    Host asked(2, {}, seed + 1000);
    asking.machine.link_up(start, wifi, false);
    asked.machine.link_up(start, wifi, false);
    asking.machine.add_static_peer(start, wifi, address(2));
    for (int i = 0; i < 3000 && asking.heard.empty(); ++i) {
      const std::size_t first = asking.sent.size();
      asking.run_for(100ms);
      asked.run_for(100ms);
      for (std::size_t j = first; j < asking.sent.size(); ++j) {
        if (random.unit() < 0.5) continue;
        const std::size_t answers = asked.sent.size();
        asked.hear({wifi, address(1)}, asking.sent[j].beacon.plaintext);
        if (asked.sent.size() > answers && random.unit() >= 0.5) {
          asking.hear({wifi, address(2)}, asked.sent.back().beacon.plaintext);
        }
      }
    }
    ASSERT_FALSE(asking.heard.empty());
    EXPECT_EQ(asking.heard[0].node, node_id(2));
  }
}

}  // namespace
}  // namespace muster::discovery
