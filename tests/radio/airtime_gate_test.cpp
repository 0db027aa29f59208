// SPDX-License-Identifier: Apache-2.0
#include "radio/airtime_gate.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <vector>

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{std::chrono::hours{1}};
constexpr std::size_t frame_bytes = 200;

LinkProfile lora(double duty_cycle) {
  LinkProfile profile = lora_profile({250'000, 9, 5});
  profile.duty_cycle = duty_cycle;
  return profile;
}

/// Sends in that precedence whenever it may.
std::vector<TimePoint> send_all(AirtimeGate& gate, TimePoint from, Duration span,
                                Precedence precedence) {
  std::vector<TimePoint> sent;
  TimePoint now = from;
  while ((now = std::max(now, gate.opens_at(precedence))) < from + span) {
    gate.sent(now, frame_bytes, precedence);
    sent.push_back(now);
  }
  return sent;
}

class AirtimeBudget : public ::testing::TestWithParam<double> {};

TEST_P(AirtimeBudget, IsKeptInEveryHourUnderFloodsOfEveryClass) {
  const LinkProfile profile = lora(GetParam());
  AirtimeGate gate(profile, frame_bytes, {}, start, 1);
  std::deque<TimePoint> hour;
  std::size_t most = 0;
  TimePoint now = start;
  SeededRandom random(3);
  while (now < start + 5h) {
    const auto precedence = static_cast<Precedence>(random.below(precedence_count));
    const TimePoint open = gate.opens_at(precedence);
    if (open > now) {
      now = std::min(open, now + 1s);
      continue;
    }
    gate.sent(now, frame_bytes, precedence);
    hour.push_back(now);
    while (hour.front() + 1h <= now) hour.pop_front();
    most = std::max(most, hour.size());
  }
  const double used = static_cast<double>(most) *
                      static_cast<double>(profile.airtime(frame_bytes).count()) /
                      static_cast<double>(Duration{1h}.count());
  EXPECT_LE(used, GetParam());
  EXPECT_GE(used, 0.85 * GetParam()) << "the budget is there to be used";
}

INSTANTIATE_TEST_SUITE_P(DutyCycles, AirtimeBudget, ::testing::Values(0.01, 0.1, 0.5));

TEST(AirtimeGate, KeepsSomethingForFlashWhenRoutineHasSpentItsShare) {
  AirtimeGate gate(lora(0.01), frame_bytes, {}, start, 1);
  const auto routine = send_all(gate, start, 1h, Precedence::routine);
  ASSERT_GT(routine.size(), 5u);
  const TimePoint now = start + 1h;
  EXPECT_FALSE(gate.open(now, Precedence::routine));
  EXPECT_TRUE(gate.open(now, Precedence::flash));
  EXPECT_GE(send_all(gate, now, 1min, Precedence::flash).size(), 3u);
}

TEST(AirtimeGate, LetsWhatIsUrgentSpeakBeforeOthersInAFullChannel) {
  const LinkProfile profile = find_packet_radio("afsk1200")->profile;
  AirtimeGate gate(profile, frame_bytes, {}, start, 1);
  const auto wait_after_heard = [&](TimePoint now, Precedence precedence) {
    return gate.opens_at(precedence) - now;
  };
  Duration flash_most{};
  Duration routine_most{};
  TimePoint now = start;
  for (int i = 0; i < 300; ++i) {
    now += profile.airtime(frame_bytes);
    gate.heard(now, frame_bytes);
    if (i < 100) continue;  // until it is full
    const Duration flash = wait_after_heard(now, Precedence::flash);
    const Duration answer = wait_after_heard(now, Precedence::immediate);
    const Duration routine = wait_after_heard(now, Precedence::routine);
    EXPECT_LE(flash, answer);
    EXPECT_LE(answer, routine);
    flash_most = std::max(flash_most, flash);
    routine_most = std::max(routine_most, routine);
  }
  EXPECT_LT(flash_most, 4 * profile.slot);
  EXPECT_GT(routine_most, 50 * profile.slot);
}

TEST(AirtimeGate, LetsRoutineThroughNowAndThenUnderAFloodOfFlash) {
  AirtimeGate gate(lora(0.01), frame_bytes, {}, start, 1);
  std::size_t routine = 0;
  for (TimePoint now = start; now < start + 4h; now += 1s) {
    while (gate.open(now, Precedence::flash)) gate.sent(now, frame_bytes, Precedence::flash);
    if (!gate.open(now, Precedence::routine)) continue;
    gate.sent(now, frame_bytes, Precedence::routine);
    ++routine;
  }
  EXPECT_GE(routine, 8u);
}

TEST(AirtimeGate, SendsOneFrameAtATime) {
  LinkProfile profile = lora_profile({250'000, 9, 5});
  AirtimeGate gate(profile, frame_bytes, {}, start, 1);
  const auto sent = send_all(gate, start, 10min, Precedence::routine);
  ASSERT_GT(sent.size(), 100u);
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_GE(sent[i] - sent[i - 1], profile.airtime(frame_bytes));
  }
}

TEST(AirtimeGate, LeavesTheFirstSlotsAfterAFrameToChance) {
  const LinkProfile profile = lora_profile({250'000, 9, 5});
  std::set<Duration> waits;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    AirtimeGate gate(profile, frame_bytes, {}, start, seed);
    gate.heard(start, frame_bytes);
    waits.insert(gate.opens_at(Precedence::flash) - start);
  }
  EXPECT_GE(waits.size(), 3u);
  EXPECT_LE(*waits.rbegin(), 8 * profile.slot);
}

TEST(AirtimeGate, SpreadsStationsFurtherTheBusierTheChannelIs) {
  const LinkProfile profile = lora_profile({250'000, 9, 5});
  Duration longest{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    AirtimeGate gate(profile, frame_bytes, {}, start, seed);
    TimePoint now = start;
    for (int i = 0; i < 400; ++i) {
      now += profile.airtime(frame_bytes);
      gate.heard(now, frame_bytes);
    }
    EXPECT_GT(gate.load(now), 0.8);
    EXPECT_LE(gate.load(now), 1.05);
    longest = std::max(longest, gate.opens_at(Precedence::routine) - now);
    EXPECT_EQ(gate.load(now + 2min), 0);
  }
  EXPECT_GT(longest, 16 * profile.slot);
}

TEST(AirtimeGate, KnowsThatAFrameWaitsInTheModemWhileOthersAreHeard) {
  const LinkProfile profile = lora_profile({250'000, 9, 5});
  const Duration frame = profile.airtime(frame_bytes);
  AirtimeGate gate(profile, frame_bytes, {}, start, 1);
  gate.sent(start, frame_bytes, Precedence::routine);
  // Heard whole since then, so ours has not begun.
  gate.heard(start + frame, frame_bytes);
  EXPECT_GE(gate.opens_at(Precedence::flash), start + 2 * frame);
  gate.heard(start + 2 * frame, frame_bytes);
  EXPECT_GE(gate.opens_at(Precedence::flash), start + 3 * frame);
  // Heard after ours had its time.
  gate.heard(start + 5 * frame, frame_bytes);
  EXPECT_LT(gate.opens_at(Precedence::flash), start + 6 * frame);
}

TEST(AirtimeGate, WaitsForNobodyOnAFullDuplexLink) {
  LinkProfile profile = lora_profile({250'000, 9, 5});
  profile.half_duplex = false;
  AirtimeGate gate(profile, frame_bytes, {}, start, 1);
  gate.heard(start, frame_bytes);
  EXPECT_TRUE(gate.open(start, Precedence::routine));
}

}  // namespace
}  // namespace muster::radio
