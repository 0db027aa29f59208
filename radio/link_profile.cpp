// SPDX-License-Identifier: Apache-2.0
#include "radio/link_profile.hpp"

#include <array>

namespace muster::radio {
namespace {

using namespace std::chrono_literals;

/// AX.25: flags 2, addresses 14, control, protocol identifier, check sum 2; a few stuffed bits.
constexpr std::uint32_t ax25_header_bytes = 22;

LinkProfile packet_radio(std::uint64_t bitrate_bps, Duration key_up, Duration slot) {
  LinkProfile profile;
  profile.bitrate_bps = bitrate_bps;
  profile.per_frame = key_up;
  profile.header_bytes = ax25_header_bytes;
  profile.slot = slot;
  return profile;
}

const std::array<NamedProfile, 4>& packet_radios() {
  static const std::array<NamedProfile, 4> all{{
      {"hf300", packet_radio(300, 450ms, 200ms), 240},
      {"afsk1200", packet_radio(1200, 350ms, 100ms), 240},
      {"psk2400", packet_radio(2400, 350ms, 100ms), 240},
      {"g3ruh9600", packet_radio(9600, 150ms, 50ms), 480},
  }};
  return all;
}

}  // namespace

const NamedProfile* find_packet_radio(std::string_view name) {
  for (const auto& profile : packet_radios()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

std::string_view packet_radio_names() { return "hf300, afsk1200, psk2400, g3ruh9600"; }

LinkProfile lora_profile(const LoraParameters& lora) {
  constexpr double preamble_symbols = 8 + 4.25;
  constexpr double fixed_payload_symbols = 8;
  constexpr double slow_symbol_s = 0.016;
  const double sf = lora.spreading_factor;
  const double symbol_s =
      static_cast<double>(std::uint64_t{1} << lora.spreading_factor) / lora.bandwidth_hz;
  // Low data rate optimisation takes two bits off each symbol.
  const double bits_per_symbol = symbol_s > slow_symbol_s ? sf - 2 : sf;
  const double symbols_per_bit = lora.coding_rate / (4 * bits_per_symbol);
  // Explicit header and check sum, less what the first symbols carry, and half of a group of
  // symbols, to which the payload is rounded up.
  const double extra_bits = 28 + 16 - 4 * sf;
  const double extra_symbols = extra_bits * symbols_per_bit + lora.coding_rate / 2.0;
  LinkProfile profile;
  profile.bitrate_bps = static_cast<std::uint64_t>(1 / (symbols_per_bit * symbol_s));
  profile.per_frame = Duration{static_cast<std::int64_t>(
      1e9 * symbol_s * (preamble_symbols + fixed_payload_symbols + extra_symbols))};
  profile.slot = Duration{static_cast<std::int64_t>(4e9 * symbol_s)};
  return profile;
}

}  // namespace muster::radio
