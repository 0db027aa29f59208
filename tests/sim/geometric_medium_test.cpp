// SPDX-License-Identifier: Apache-2.0
#include "sim/geometric_medium.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1s};
constexpr TimePoint much_later{100'000s};
constexpr double range_m = 100;

GeometricMedium::Settings settings(std::string_view profile = "wifi", Centidecibel shadowing = 0) {
  GeometricMedium::Settings it;
  it.profile = *find_profile(profile);
  it.propagation = {range_m, half_loss_level(it.profile), it.profile.path_loss_exponent, shadowing};
  it.datagram_bytes_max = it.profile.mtu_bytes - it.profile.network_header_bytes;
  return it;
}

GeometricMedium medium_of(std::vector<Position> places, GeometricMedium::Settings it = settings(),
                          std::uint64_t seed = 1) {
  return {it, std::make_unique<StationaryHosts>(std::move(places)), seed};
}

std::vector<Medium::Arrival> all_by(Medium& medium, TimePoint when) {
  std::vector<Medium::Arrival> arrivals;
  medium.advance(when);
  while (auto arrival = medium.poll()) arrivals.push_back(*arrival);
  return arrivals;
}

/// The share of frames that come through to host 1, one at a time.
double share_heard(GeometricMedium& medium, std::size_t octets = 200, int frames = 4000) {
  for (int i = 0; i < frames; ++i)
    medium.transmit(start + i * 100ms, 0, std::nullopt, Bytes(octets));
  std::size_t heard = 0;
  for (const auto& arrival : all_by(medium, much_later)) heard += arrival.to == 1;
  return static_cast<double>(heard) / frames;
}

TEST(GeometricMedium, LosesHalfOfTheFramesAtItsRange) {
  for (const auto* profile : {"wifi", "halow", "lora-sf9-250", "afsk1200"}) {
    auto medium = medium_of({{0, 0}, {range_m, 0}}, settings(profile));
    auto share = 0.0;
    for (int i = 0; i < 4000; ++i) medium.transmit(start + i * 10s, 0, std::nullopt, Bytes(200));
    share = static_cast<double>(all_by(medium, much_later).size()) / 4000;
    EXPECT_NEAR(share, 0.5, 0.06) << profile;
  }
}

TEST(GeometricMedium, LosesNothingNearAndHearsNothingFar) {
  auto near = medium_of({{0, 0}, {range_m * 0.6, 0}});
  EXPECT_EQ(share_heard(near), 1);
  auto far = medium_of({{0, 0}, {range_m * 1.4, 0}});
  EXPECT_EQ(share_heard(far), 0);
  EXPECT_EQ(far.counters().lost, 0u);  // nobody was near enough to lose them
}

TEST(GeometricMedium, LosesMoreOfTheLongerFrames) {
  const double distance = range_m * 0.97;
  auto brief = medium_of({{0, 0}, {distance, 0}});
  auto lengthy = medium_of({{0, 0}, {distance, 0}});
  EXPECT_GT(share_heard(brief, 20), share_heard(lengthy, 1300) + 0.2);
}

TEST(GeometricMedium, ShadowsEachPairInItsOwnLastingWay) {
  std::vector<Position> ring;
  for (int i = 0; i < 40; ++i) ring.push_back({range_m * (i % 2 == 0 ? 1 : -1), 0.001 * i});
  ring.insert(ring.begin(), {0, 0});
  auto medium = medium_of(ring, settings("wifi", 400));
  double sum = 0;
  for (HostIndex i = 1; i < ring.size(); ++i) {
    sum += medium.level(0, i);
    EXPECT_EQ(medium.level(0, i), medium.level(i, 0));
  }
  EXPECT_NEAR(sum / 40, half_loss_level(*find_profile("wifi")), 200);
  EXPECT_NE(medium.level(0, 1), medium.level(0, 3));
}

TEST(GeometricMedium, DeliversAfterTheTimeOnAir) {
  auto it = settings();
  it.csma = false;
  it.delay = 100us;
  auto medium = medium_of({{0, 0}, {10, 0}}, it);
  medium.transmit(start, 0, 1, Bytes(1000));
  const auto due = start + time_on_air(it.profile, 1000) + 100us;
  EXPECT_TRUE(all_by(medium, due - 1ns).empty());
  EXPECT_EQ(medium.deadline(), due);
  const auto arrivals = all_by(medium, due);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].due, due);
  EXPECT_EQ(medium.airtime(0), time_on_air(it.profile, 1000));
}

TEST(GeometricMedium, WaitsWhileSomebodyElseIsHeard) {
  auto medium = medium_of({{0, 0}, {10, 0}, {0, 10}});
  medium.transmit(start, 0, 2, Bytes(1300));
  medium.advance(start + 1ms);  // now it is on the air
  medium.transmit(start + 1ms, 1, 2, Bytes(1300));
  EXPECT_EQ(all_by(medium, much_later).size(), 2u);
  EXPECT_EQ(medium.counters().lost, 0u);
}

TEST(GeometricMedium, HiddenNodesSpoilEachOthersFrames) {
  // 0 and 2 do not hear each other; 1 in the middle hears both alike.
  auto medium = medium_of({{0, 0}, {range_m * 0.8, 0}, {range_m * 1.6, 0}});
  medium.transmit(start, 0, 1, Bytes(1300));
  medium.transmit(start + 500us, 2, 1, Bytes(1300));
  EXPECT_TRUE(all_by(medium, much_later).empty());
  EXPECT_EQ(medium.counters().lost, 2u);
}

TEST(GeometricMedium, AMuchStrongerFrameCapturesTheReceiver) {
  auto it = settings();
  it.csma = false;
  auto medium = medium_of({{0, 0}, {range_m * 0.8, 0}, {range_m * 0.9, 0}}, it);
  medium.transmit(start, 0, 1, Bytes(1300));
  medium.transmit(start + 500us, 2, 1, Bytes(1300));
  const auto arrivals = all_by(medium, much_later);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].from, 2u);
}

TEST(GeometricMedium, OfFramesThatBeginTogetherTheStrongestIsFollowed) {
  auto it = settings();
  it.csma = false;
  const auto received = [&](Duration later) {
    auto medium = medium_of({{0, 0}, {range_m * 0.5, 0}, {range_m * 0.8, 0}}, it);
    medium.transmit(start, 0, 1, Bytes(1300));
    medium.transmit(start + later, 2, 1, Bytes(1300));  // 6.7 dB stronger: no capture
    std::vector<HostIndex> from;
    for (const auto& arrival : all_by(medium, much_later)) from.push_back(arrival.from);
    return from;
  };
  EXPECT_EQ(received(2us), std::vector<HostIndex>{2});
  EXPECT_TRUE(received(500us).empty());
}

TEST(GeometricMedium, AStrongFrameSurvivesAFaintDisturbance) {
  auto it = settings();
  it.csma = false;
  auto medium = medium_of({{0, 0}, {range_m * 0.1, 0}, {range_m * 1.1, 0}}, it);
  medium.transmit(start, 0, 1, Bytes(1300));
  medium.transmit(start + 500us, 2, 1, Bytes(1300));
  EXPECT_EQ(all_by(medium, much_later).size(), 1u);
}

TEST(GeometricMedium, AStationThatSendsHearsNothing) {
  auto it = settings();
  it.csma = false;
  auto medium = medium_of({{0, 0}, {10, 0}}, it);
  medium.transmit(start, 0, 1, Bytes(1300));
  medium.transmit(start + 500us, 1, 0, Bytes(10));
  EXPECT_TRUE(all_by(medium, much_later).empty());
  EXPECT_EQ(medium.counters().lost, 2u);
}

TEST(GeometricMedium, StationsThatListenShareTheChannel) {
  std::vector<Position> places;
  for (int i = 0; i < 10; ++i) places.push_back({i * 1.0, 0});
  auto polite = medium_of(places);
  auto it = settings();
  it.csma = false;
  auto rude = medium_of(places, it);
  for (int round = 0; round < 100; ++round) {
    for (HostIndex host = 0; host < 10; ++host) {
      polite.transmit(start + round * 20ms, host, (host + 1) % 10, Bytes(500));
      rude.transmit(start + round * 20ms, host, (host + 1) % 10, Bytes(500));
    }
  }
  const auto polite_heard = all_by(polite, much_later).size();
  const auto rude_heard = all_by(rude, much_later).size();
  EXPECT_GT(polite_heard, 600u);
  EXPECT_LT(rude_heard, 50u);
}

TEST(GeometricMedium, CountsFramesOverTheDutyCycle) {
  auto it = settings("lora-sf9-250");
  it.duty_cycle = 0.01;  // 36 s an hour
  auto medium = medium_of({{0, 0}, {10, 0}}, it);
  const auto each = time_on_air(it.profile, 200);
  const auto allowed = 36s / each;
  for (int i = 0; i < allowed + 3; ++i) medium.transmit(start + i * 1s, 0, 1, Bytes(200));
  medium.advance(start + 30min);
  EXPECT_EQ(medium.counters().over_budget, 3u);
  medium.transmit(start + 2h, 0, 1, Bytes(200));
  medium.advance(much_later);
  EXPECT_EQ(medium.counters().over_budget, 3u);
}

TEST(GeometricMedium, SeparatesGroupsUntilHealed) {
  auto medium = medium_of({{0, 0}, {10, 0}, {20, 0}});
  medium.partition({{0, 1}});
  EXPECT_EQ(medium.components({true, true, true}), (std::vector<unsigned>{1, 1, 2}));
  medium.transmit(start, 1, std::nullopt, Bytes(10));
  EXPECT_EQ(all_by(medium, start + 1s).size(), 1u);
  medium.heal();
  medium.transmit(start + 1s, 1, std::nullopt, Bytes(10));
  EXPECT_EQ(all_by(medium, start + 2s).size(), 2u);
}

TEST(GeometricMedium, FollowsAHostThatIsMoved) {
  auto medium = medium_of({{0, 0}, {range_m * 3, 0}});
  EXPECT_EQ(medium.components({true, true}), (std::vector<unsigned>{1, 2}));
  medium.transmit(start, 0, 1, Bytes(10));
  EXPECT_TRUE(all_by(medium, start + 1s).empty());
  EXPECT_EQ(medium.counters().out_of_reach, 1u);
  medium.move(start + 1s, 1, {10, 0});
  medium.transmit(start + 1s, 0, 1, Bytes(10));
  EXPECT_EQ(all_by(medium, start + 2s).size(), 1u);
  EXPECT_EQ(medium.components({true, true}), (std::vector<unsigned>{1, 1}));
}

TEST(GeometricMedium, LosesMoreOnTopWhereItIsTold) {
  auto it = settings();
  it.loss = {0.3, 0};
  auto medium = medium_of({{0, 0}, {10, 0}}, it);
  EXPECT_NEAR(share_heard(medium), 0.7, 0.03);
  medium.set_path_loss_process(0, 1, {1, 0});
  EXPECT_EQ(medium.components({true, true}), (std::vector<unsigned>{1, 2}));
}

TEST(GeometricMedium, RefusesWhatIsTooLongOrTooMuch) {
  auto medium = medium_of({{0, 0}, {10, 0}}, settings("lora-sf12-125"));
  EXPECT_FALSE(medium.transmit(start, 0, 1, Bytes(256)));
  EXPECT_EQ(medium.counters().too_large, 1u);
  unsigned taken = 0;
  for (int i = 0; i < 20; ++i) taken += medium.transmit(start, 0, 1, Bytes(255));
  EXPECT_EQ(taken, 8u);
  EXPECT_EQ(medium.counters().queue_full, 12u);
}

TEST(GeometricMedium, RepeatsItselfUnderTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    std::vector<Position> places;
    for (int i = 0; i < 30; ++i) places.push_back({(i * 37 % 100) * 3.0, (i * 53 % 100) * 3.0});
    auto it = settings("wifi", 400);
    it.loss = {0.2, 3};
    it.faults = {0.1, 0.1, 0.1};
    auto medium = medium_of(places, it, seed);
    for (int i = 0; i < 300; ++i)
      medium.transmit(start + i * 300us, static_cast<HostIndex>(i * 7 % 30), std::nullopt,
                      Bytes(300));
    std::vector<std::int64_t> times;
    for (const auto& arrival : all_by(medium, much_later))
      times.push_back(arrival.due.time_since_epoch().count() * 64 + arrival.to);
    return times;
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

// A number from the first machine: others, compilers and optimisations must agree to the last bit.
TEST(GeometricMedium, IsTheSameOnEveryMachine) {
  std::vector<Position> places;
  for (int i = 0; i < 60; ++i) places.push_back({(i * 37 % 100) * 4.1, (i * 53 % 100) * 3.7});
  auto it = settings("wifi", 400);
  it.loss = {0.1, 4};
  auto medium = medium_of(places, it, 11);
  for (int i = 0; i < 2000; ++i)
    medium.transmit(start + i * 170us, static_cast<HostIndex>(i * 7 % 60), std::nullopt,
                    Bytes(200));
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over whole words
  for (const auto& arrival : all_by(medium, much_later)) {
    hash =
        (hash ^ static_cast<std::uint64_t>(arrival.due.time_since_epoch().count())) * 0x100000001b3;
    hash = (hash ^ arrival.to) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 15698116076420815350u);
}

TEST(ArrivalFaults, ShowsFramesTwiceOutOfOrderAndChanged) {
  ArrivalFaults faults({0.2, 0.3, 0.1}, 10ms, 5);
  ArrivalQueue queue;
  const auto frame = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  for (int i = 0; i < 10'000; ++i) faults.deliver({start + i * 1ms, 0, 1, frame}, queue);
  unsigned shown = 0, changed = 0;
  while (const auto arrival = queue.poll(much_later)) {
    ++shown;
    changed += *arrival->frame != *frame;
  }
  EXPECT_NEAR(shown, 12'000, 200);
  EXPECT_NEAR(changed, 1'200, 120);
}

}  // namespace
}  // namespace muster::sim
