// SPDX-License-Identifier: Apache-2.0
#include "sim/error_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace muster::sim {
namespace {

double tail(double x) { return 0.5 * std::erfc(x / std::sqrt(2)); }

/// Chance that one bit is wrong; `snr` as a ratio.
double coded_bpsk_error(double snr) {
  const double wrong = tail(std::sqrt(2 * snr));
  const double d = std::sqrt(4 * wrong * (1 - wrong));
  const double weights[] = {36, 211, 1404, 11633, 77433, 502690, 3322763, 21292910, 134365911};
  double sum = 0;
  for (int i = 0; i < 9; ++i) sum += weights[i] * std::pow(d, 10 + 2 * i);
  return std::min(0.5, 0.5 * sum);
}

double fsk_error(double bit_snr) { return 0.5 * std::exp(-bit_snr / 2); }

double lora_symbol_error(int spreading_factor, double snr) {
  return tail(std::sqrt(snr * std::exp2(spreading_factor + 1)) -
              std::sqrt(1.386 * spreading_factor + 1.154));
}

struct Case {
  Modulation modulation;
  double units_per_octet;
  std::function<double(double)> error;
  Centidecibel from;
  Centidecibel to;
};

class ErrorRate : public ::testing::TestWithParam<Case> {};

TEST_P(ErrorRate, FollowsTheFormulaOfTheModulation) {
  const auto& it = GetParam();
  for (auto sinr = it.from; sinr <= it.to; sinr += 25) {
    const double error = it.error(std::pow(10, sinr / 1000.0));
    const double expected = -std::log2(1 - error) * it.units_per_octet * (1 << 20);
    EXPECT_NEAR(octet_hardship(it.modulation, sinr), expected, 0.5 + expected * 1e-6) << sinr;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all{{Modulation::ofdm, 8, coded_bpsk_error, 100, 500},
                        {Modulation::fsk, 8, fsk_error, 400, 1500}};
  for (int sf = 7; sf <= 12; ++sf) {
    const auto modulation =
        static_cast<Modulation>(static_cast<int>(Modulation::lora_sf7) + sf - 7);
    const auto half = half_loss_sinr(modulation, 200) / 25 * 25;
    all.push_back({modulation, 10.0 / sf, [sf](double snr) { return lora_symbol_error(sf, snr); },
                   half - 400, half + 200});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Modulations, ErrorRate, ::testing::ValuesIn(cases()));

TEST(ErrorRateTable, LosesHalfOfTheFramesWhereItSaysSo) {
  const auto ratio = half_loss_sinr(Modulation::lora_sf9, 200);
  EXPECT_NEAR(chance_of(200 * std::uint64_t{octet_hardship(Modulation::lora_sf9, ratio)}), 0.5,
              0.01);
}

TEST(ErrorRateTable, IsHopelessBelowTheTableAndEasyAboveIt) {
  EXPECT_EQ(octet_hardship(Modulation::ofdm, -500), hopeless);
  EXPECT_EQ(octet_hardship(Modulation::ofdm, 3000), 0u);
  EXPECT_EQ(chance_of(0), 1);
  EXPECT_LT(chance_of(hopeless * std::uint64_t{8}), 1e-9);
}

}  // namespace
}  // namespace muster::sim
