// SPDX-License-Identifier: Apache-2.0
#include "radio/link_profile.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "radio/hop_pace.hpp"

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

/// SX1276 data sheet, 4.1.1.7: explicit header, check sum, preamble of 8.
double lora_airtime_s(const LoraParameters& lora, std::size_t bytes) {
  const double sf = lora.spreading_factor;
  const double symbol = std::exp2(sf) / lora.bandwidth_hz;
  const double de = symbol > 0.016 ? 1 : 0;
  const double groups =
      std::ceil((8.0 * static_cast<double>(bytes) - 4 * sf + 28 + 16) / (4 * (sf - 2 * de)));
  return symbol * (8 + 4.25 + 8 + std::max(groups * lora.coding_rate, 0.0));
}

struct Lora {
  std::uint32_t bandwidth_hz;
  std::uint32_t spreading_factor;
  std::uint32_t coding_rate;
};

class LoraProfile : public ::testing::TestWithParam<Lora> {};

TEST_P(LoraProfile, CountsTheAirtimeOfTheDataSheetToWithinAGroupOfSymbols) {
  const LoraParameters lora{GetParam().bandwidth_hz, GetParam().spreading_factor,
                            GetParam().coding_rate};
  const LinkProfile profile = lora_profile(lora);
  const double group_s = std::exp2(lora.spreading_factor) / lora.bandwidth_hz * lora.coding_rate;
  for (std::size_t bytes = 10; bytes <= 255; ++bytes) {
    const double counted = static_cast<double>(profile.airtime(bytes).count()) / 1e9;
    EXPECT_NEAR(counted, lora_airtime_s(lora, bytes), group_s) << bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(DataSheet, LoraProfile,
                         ::testing::Values(Lora{125'000, 7, 5}, Lora{125'000, 8, 8},
                                           Lora{250'000, 9, 5}, Lora{125'000, 12, 6},
                                           Lora{500'000, 6, 5}));

TEST(LinkProfile, CountsKeyUpAndHeadersOfPacketRadio) {
  const auto* afsk = find_packet_radio("afsk1200");
  ASSERT_NE(afsk, nullptr);
  EXPECT_EQ(afsk->profile.airtime(128), 350ms + 1s);  // 150 octets at 150 a second
  EXPECT_EQ(find_packet_radio("afsk9600"), nullptr);
}

TEST(LinkProfile, CostsNothingWhereItNeedNotBeSpared) {
  EXPECT_FALSE(LinkProfile{}.metered());
  EXPECT_EQ(LinkProfile{}.airtime(1400), 0s);
}

TEST(HopPace, LeavesAFastLinkAlone) {
  const HopLink::Limits usual;
  const auto limits = paced(usual, LinkProfile{}, 1400, 3);
  EXPECT_EQ(limits.rto_initial, usual.rto_initial);
  EXPECT_EQ(limits.liveness.probe_interval_min, usual.liveness.probe_interval_min);
}

TEST(HopPace, AsksForNeighboursWithinASmallShareOfTheChannel) {
  for (const std::size_t stations : {1u, 5u, 30u}) {
    const auto& profile = find_packet_radio("afsk1200")->profile;
    const auto limits = paced({}, profile, 240, stations);
    const double pairs = static_cast<double>(stations * (stations + 1)) / 2;
    const double each = 2 * static_cast<double>(profile.airtime(60).count());
    EXPECT_LE(each * pairs, static_cast<double>(limits.liveness.probe_interval_min.count()) / 50);
    EXPECT_GT(limits.liveness.silence_max, limits.liveness.probe_interval_max);
    EXPECT_GT(limits.rto_initial, exchange_time(profile, 240));
  }
}

}  // namespace
}  // namespace muster::radio
