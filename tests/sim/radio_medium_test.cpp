// SPDX-License-Identifier: Apache-2.0
#include "sim/radio_medium.hpp"

#include <gtest/gtest.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

Topology chain(unsigned hosts, LossModel loss = {}, std::uint64_t bitrate = 8'000'000,
               Duration delay = 3ms) {
  Topology topology;
  topology.hears.resize(hosts);
  for (HostIndex i = 0; i + 1 < hosts; ++i) {
    topology.hears[i][i + 1] = {loss, delay, bitrate};
    topology.hears[i + 1][i] = {loss, delay, bitrate};
  }
  return topology;
}

std::vector<RadioMedium::Arrival> all_by(RadioMedium& medium, TimePoint when) {
  std::vector<RadioMedium::Arrival> arrivals;
  medium.advance(when);
  while (auto arrival = medium.poll()) arrivals.push_back(*arrival);
  return arrivals;
}

constexpr TimePoint start{1s};
constexpr TimePoint much_later{1000s};

TEST(RadioMedium, DeliversAfterTimeOnAirAndDelay) {
  RadioMedium medium(chain(2), 1400, 1);
  medium.transmit(start, 0, 1, Bytes(1000));  // 1 ms at 8 Mbit/s
  EXPECT_EQ(medium.deadline(), start + 4ms);
  EXPECT_TRUE(all_by(medium, start + 4ms - 1ns).empty());
  EXPECT_EQ(all_by(medium, start + 4ms).size(), 1u);
}

TEST(RadioMedium, SendsOneFrameAfterTheOther) {
  RadioMedium medium(chain(2), 1400, 1);
  for (int i = 0; i < 3; ++i) medium.transmit(start, 0, 1, Bytes(1000));
  const auto arrivals = all_by(medium, much_later);
  ASSERT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals[2].due, start + 6ms);
}

TEST(RadioMedium, ReachesOnlyThoseWhoHear) {
  RadioMedium medium(chain(4), 1400, 1);
  medium.transmit(start, 1, std::nullopt, Bytes(10));
  medium.transmit(start, 0, 3, Bytes(10));
  const auto arrivals = all_by(medium, much_later);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].to + arrivals[1].to, 2u);
  EXPECT_EQ(medium.counters().out_of_reach, 1u);
}

TEST(RadioMedium, LosesTheGivenShareOfFrames) {
  RadioMedium medium(chain(2, {0.2, 0}), 1400, 7);
  for (int i = 0; i < 20'000; ++i) medium.transmit(start + i * 1ms, 0, 1, Bytes(10));
  EXPECT_NEAR(static_cast<double>(all_by(medium, much_later).size()), 16'000, 250);
}

TEST(RadioMedium, LosesFramesInBurstsOfTheGivenLength) {
  RadioMedium medium(chain(2, {0.4, 5}), 1400, 7);
  unsigned bursts = 0;
  unsigned lost = 0;
  bool before = false;
  for (int i = 0; i < 50'000; ++i) {
    const auto so_far = medium.counters().lost;
    medium.transmit(start + i * 1ms, 0, 1, Bytes(10));
    const bool now = medium.counters().lost > so_far;
    bursts += now && !before;
    lost += now;
    before = now;
  }
  EXPECT_NEAR(lost / 50'000.0, 0.4, 0.02);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 5, 0.3);
}

TEST(RadioMedium, RepeatsItselfUnderTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    RadioMedium medium(chain(2, {0.5, 0}), 1400, seed);
    std::vector<std::int64_t> times;
    for (int i = 0; i < 100; ++i) medium.transmit(start + i * 1ms, 0, 1, Bytes(10));
    for (const auto& arrival : all_by(medium, much_later))
      times.push_back(arrival.due.time_since_epoch().count());
    return times;
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

TEST(RadioMedium, SeparatesGroupsUntilHealed) {
  RadioMedium medium(chain(3), 1400, 1);
  medium.partition({{0, 1}, {2}});
  medium.transmit(start, 1, std::nullopt, Bytes(10));
  EXPECT_EQ(all_by(medium, start + 1s).size(), 1u);
  medium.heal();
  medium.transmit(start + 1s, 1, std::nullopt, Bytes(10));
  EXPECT_EQ(all_by(medium, start + 2s).size(), 2u);
}

TEST(Reach, NamesTheComponentsOfAPartition) {
  Reach reach(chain(4));
  reach.partition({{0, 1, 2}, {3}});
  EXPECT_EQ(reach.components({true, true, true, true}), (std::vector<unsigned>{1, 1, 1, 2}));
  EXPECT_EQ(reach.components({true, false, true, true}), (std::vector<unsigned>{1, 2, 3, 4}));
}

TEST(RadioMedium, RefusesFramesAboveTheMtu) {
  RadioMedium medium(chain(2), 1400, 1);
  EXPECT_TRUE(medium.transmit(start, 0, 1, Bytes(1414)));
  EXPECT_FALSE(medium.transmit(start, 0, 1, Bytes(1415)));
}

TEST(RadioMedium, DropsWhatTheTransmitterCannotQueue) {
  RadioMedium medium(chain(2, {}, 8000), 1400, 1);
  unsigned taken = 0;
  for (int i = 0; i < 1000; ++i) taken += medium.transmit(start, 0, 1, Bytes(1000));
  // One is on the air, 131 are in the 128 KiB of the queue.
  EXPECT_EQ(taken, 132u);
  EXPECT_EQ(medium.counters().queue_full, 868u);
}

TEST(RadioMedium, ChangesLossBetweenTwoHosts) {
  RadioMedium medium(chain(3), 1400, 1);
  medium.set_loss(1, std::pair<HostIndex, HostIndex>{1, 0});
  medium.transmit(start, 1, std::nullopt, Bytes(10));
  const auto arrivals = all_by(medium, much_later);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].to, 2u);
}

TEST(RadioMedium, ShowsFramesTwiceWhereItIsTold) {
  RadioMedium medium(chain(3), 1400, 1);
  medium.set_faults(1, 0, {1, 0, 0});
  medium.transmit(start, 1, std::nullopt, Bytes(10));
  EXPECT_EQ(all_by(medium, much_later).size(), 3u);
}

TEST(RadioMedium, CountsFramesOverTheDutyCycle) {
  RadioMedium medium(chain(2, {}, 80'000), 1400, 1);
  medium.set_duty_cycle(0.0001);  // 0.36 s an hour, three frames
  for (int i = 0; i < 5; ++i) medium.transmit(start, 0, 1, Bytes(1000));
  EXPECT_EQ(medium.counters().over_budget, 2u);
}

TEST(Topology, MakesAGridOfRows) {
  Scenario scenario;
  scenario.hosts.resize(5);
  scenario.layout.layout = Layout::grid;
  const auto topology = matrix_topology(scenario);  // 1 2 3 / 4 5
  ASSERT_TRUE(topology);
  EXPECT_TRUE(topology->hears[0].contains(1));
  EXPECT_TRUE(topology->hears[0].contains(3));
  EXPECT_FALSE(topology->hears[2].contains(3));
  EXPECT_EQ(topology->hears[4].size(), 2u);
}

TEST(Topology, UsesOnlyListedLinksWhereNoLayoutIsGiven) {
  Scenario scenario;
  scenario.hosts.resize(3);
  scenario.links.push_back({0, 1, true, LossModel{0.5, 0}, std::nullopt, std::nullopt});
  const auto topology = matrix_topology(scenario);
  ASSERT_TRUE(topology);
  EXPECT_EQ(topology->hears[0].size(), 1u);
  EXPECT_DOUBLE_EQ(topology->hears[0].at(1).loss.rate, 0.5);
  EXPECT_TRUE(topology->hears[1].empty());
}

TEST(Topology, SaysThatGeometryNeedsTheSimulator) {
  Scenario scenario;
  scenario.medium.kind = MediumKind::geometric;
  EXPECT_FALSE(matrix_topology(scenario));
}

}  // namespace
}  // namespace muster::sim
