// SPDX-License-Identifier: Apache-2.0
#include "sim/radio_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

double lora_ms(std::string_view profile, std::size_t octets) {
  return milliseconds(time_on_air(*find_profile(profile), octets));
}

// A LoRaWAN frame of 23 octets (10 of payload) at 125 kHz, preamble 8, code 4/5, explicit header
// and CRC: as The Things Network's and Semtech's calculators show it.
TEST(RadioProfile, TakesThePublishedTimesOnAirOfLora) {
  EXPECT_NEAR(lora_ms("lora-sf7-125", 23), 61.696, 0.001);
  EXPECT_NEAR(lora_ms("lora-sf8-125", 23), 113.152, 0.001);
  EXPECT_NEAR(lora_ms("lora-sf9-125", 23), 205.824, 0.001);
  EXPECT_NEAR(lora_ms("lora-sf10-125", 23), 370.688, 0.001);
  EXPECT_NEAR(lora_ms("lora-sf11-125", 23), 823.296, 0.001);
  EXPECT_NEAR(lora_ms("lora-sf12-125", 23), 1482.752, 0.001);
}

TEST(RadioProfile, OptimisesForLowRatesOnlyWhereSymbolsAreLong) {
  EXPECT_NEAR(lora_ms("lora-sf11-250", 23), 370.688, 0.001);  // 8.2 ms a symbol
  EXPECT_NEAR(lora_ms("lora-sf12-250", 23), 741.376, 0.001);  // 16.4 ms
}

TEST(RadioProfile, SendsWholeSymbolsOfWifi) {
  // 1000 + 84 octets and 22 bits are 362.25 symbols of 24 bits.
  EXPECT_EQ(time_on_air(*find_profile("wifi"), 1000), 20us + 363 * 4us);
}

TEST(RadioProfile, WaitsForThePreambleOfPacketRadio) {
  EXPECT_NEAR(milliseconds(time_on_air(*find_profile("afsk1200"), 100)), 300 + 120 * 8 / 1.2,
              0.001);
}

TEST(RadioProfile, RangesFollowFromTheLinkBudget) {
  for (const auto& profile : radio_profiles()) {
    if (profile.name == "hf") continue;  // by way of the ionosphere
    const double budget = (profile.transmit_dbm - profile.noise_dbm - profile.first_metre -
                           half_loss_level(profile)) /
                          100.0;
    const double range = std::pow(10, budget / (10 * profile.path_loss_exponent / 100.0));
    EXPECT_NEAR(profile.range_m, range, range * 0.01 + 1) << profile.name;
  }
}

TEST(RadioProfile, AFasterPayloadIsShorterAndNeedsMoreSignal) {
  const auto& slow = *find_profile("wifi");
  const auto fast = at_bitrate(slow, 24'000'000);
  EXPECT_EQ(half_loss_level(fast), half_loss_level(slow) + 602);
  EXPECT_LT(time_on_air(fast, 1400), time_on_air(slow, 1400) / 3);
}

TEST(RadioProfile, StandsInTheManualAsItIs) {
  std::ostringstream manual;
  manual << std::ifstream(std::string(MUSTER_SOURCE_DIR) + "/docs/DRILLS.md").rdbuf();
  for (const auto& p : radio_profiles()) {
    const auto row = fmt::format(
        "| `{}` | {} | {} | {:.0f} m | {:.0f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} |", p.name,
        p.bitrate_bps, p.mtu_bytes, p.range_m, p.transmit_dbm / 100.0,
        (p.noise_dbm + half_loss_level(p)) / 100.0, p.path_loss_exponent / 100.0,
        milliseconds(preamble_time(p)), milliseconds(time_on_air(p, 100)),
        p.duty_cycle ? fmt::format("{:g}", *p.duty_cycle) : "none");
    EXPECT_THAT(manual.str(), ::testing::HasSubstr(row));
  }
}

TEST(RadioProfile, KnowsNoProfileByAnotherName) {
  EXPECT_EQ(find_profile("carrier-pigeon"), nullptr);
}

}  // namespace
}  // namespace muster::sim
