// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/decibel.hpp"

namespace muster::sim {

/// What is sent, as far as errors are concerned. Signal-to-noise ratios are those in the bandwidth
/// of the channel; for `fsk` they are per bit (Eb/N0).
enum class Modulation { ofdm, fsk, lora_sf7, lora_sf8, lora_sf9, lora_sf10, lora_sf11, lora_sf12 };

/// How hard it is to get one octet through at this ratio: 2^20 times the binary logarithm of one
/// over the chance. Those of the octets of a frame add up.
[[nodiscard]] std::uint32_t octet_hardship(Modulation modulation, Centidecibel sinr);
/// One octet that never gets through.
inline constexpr std::uint32_t hopeless = 1u << 24;

/// The chance that a frame of this total hardship arrives whole.
[[nodiscard]] double chance_of(std::uint64_t hardship);

/// The ratio at which half of the frames of `octets` arrive.
[[nodiscard]] Centidecibel half_loss_sinr(Modulation modulation, std::uint32_t octets);

}  // namespace muster::sim
