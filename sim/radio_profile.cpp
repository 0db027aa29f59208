// SPDX-License-Identifier: Apache-2.0
#include "sim/radio_profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

// 802.11: MAC header 24, LLC and SNAP 8, check sum 4; IPv6 and UDP 48.
constexpr std::uint32_t wlan_link_header_bytes = 36;
constexpr std::uint32_t ip_udp_header_bytes = 48;
/// 802.11's service and tail bits around the payload (clause 17.3.5).
constexpr std::uint32_t ofdm_frame_bits = 22;
/// AX.25 UI frame: two flags, addresses 14, control, PID, check sum 2.
constexpr std::uint32_t ax25_link_header_bytes = 20;
constexpr std::uint32_t lora_preamble_symbols = 8;
constexpr Duration lora_slow_symbol = 16ms;

RadioProfile wifi() {
  RadioProfile p;
  p.name = "wifi";
  p.modulation = Modulation::ofdm;
  p.bitrate_bps = 6'000'000;
  p.mtu_bytes = 1400;
  p.network_header_bytes = ip_udp_header_bytes;
  p.link_header_bytes = wlan_link_header_bytes;
  p.preamble = 20us;
  p.symbol = 4us;
  p.bits_per_symbol = 24;
  p.transmit_dbm = 2000;
  p.noise_dbm = -9500;  // 20 MHz, noise figure 6 dB
  p.first_metre = 4020;
  p.path_loss_exponent = 300;
  p.shadowing = 400;
  p.capture = 1000;
  p.sense = 4us;
  p.quiet = 34us;
  p.slot = 9us;
  p.window_slots = 16;
  p.queue_bytes = 128 * 1024;
  return p;
}

/// 802.11ah, 2 MHz, its lowest rate with one stream.
RadioProfile halow() {
  auto p = wifi();
  p.name = "halow";
  p.bitrate_bps = 650'000;
  p.preamble = 240us;
  p.symbol = 40us;
  p.bits_per_symbol = 26;
  p.transmit_dbm = 1400;
  p.noise_dbm = -10500;
  p.first_metre = 3120;
  p.sense = 40us;
  p.quiet = 264us;
  p.slot = 52us;
  return p;
}

RadioProfile lora(std::string_view name, std::uint32_t spreading_factor,
                  std::uint32_t bandwidth_hz) {
  RadioProfile p;
  p.name = name;
  p.modulation =
      static_cast<Modulation>(static_cast<int>(Modulation::lora_sf7) + spreading_factor - 7);
  p.spreading_factor = spreading_factor;
  p.bandwidth_hz = bandwidth_hz;
  p.mtu_bytes = 255;
  p.symbol = Duration{(std::int64_t{1'000'000'000} << spreading_factor) / bandwidth_hz};
  p.bits_per_symbol = spreading_factor;
  p.bitrate_bps = std::uint64_t{spreading_factor} * bandwidth_hz * 4 / 5 >> spreading_factor;
  p.transmit_dbm = 1400;
  p.noise_dbm = bandwidth_hz == 250'000 ? -11400 : -11700;
  p.first_metre = 3120;
  p.path_loss_exponent = 350;
  p.shadowing = 400;
  p.capture = 600;
  // Two signals of one spreading factor: the stronger needs 1 dB (Croce et al. 2018), although
  // each is found far below the noise.
  p.interference_weight = std::max(0, 100 - half_loss_sinr(p.modulation, calibration_octets));
  p.sense = 2 * p.symbol;  // channel activity detection
  p.quiet = 2 * p.symbol;
  p.slot = 4 * p.symbol;
  p.window_slots = 32;
  p.queue_bytes = 8 * 255;
  p.duty_cycle = 0.1;
  const auto budget =
      p.transmit_dbm - p.noise_dbm - p.first_metre - half_loss_sinr(p.modulation, 200);
  p.range_m = power_of_ten(budget * 10 / p.path_loss_exponent / 10);
  return p;
}

/// Packet radio as everybody has it: a TNC with its usual delays behind a hand-held of 5 W.
RadioProfile afsk1200() {
  RadioProfile p;
  p.name = "afsk1200";
  p.modulation = Modulation::fsk;
  p.bitrate_bps = 1200;
  p.mtu_bytes = 256;
  p.link_header_bytes = ax25_link_header_bytes;
  p.preamble = 300ms;
  p.symbol = Duration{1'000'000'000 / 1200};
  p.transmit_dbm = 3700;
  p.noise_dbm = -12500;  // 12.5 kHz, noise figure 8 dB
  p.first_metre = 1570;
  p.path_loss_exponent = 350;
  p.shadowing = 600;
  p.sinr_offset = 100;  // tones over FM: about what the narrow filter would gain is lost
  p.capture = 800;
  p.sense = 20ms;
  p.quiet = 20ms;
  p.slot = 100ms;
  p.window_slots = 8;
  p.queue_bytes = 4096;
  return p;
}

RadioProfile g3ruh9600() {
  auto p = afsk1200();
  p.name = "g3ruh9600";
  p.bitrate_bps = 9600;
  p.preamble = 100ms;
  p.symbol = Duration{1'000'000'000 / 9600};
  p.noise_dbm = -12200;  // 25 kHz
  p.sinr_offset = 150;
  p.sense = 10ms;
  p.quiet = 10ms;
  p.slot = 50ms;
  return p;
}

/// Packet radio of 300 bit/s by way of the ionosphere: one hop covers a region, whatever lies
/// between. Without the fading of real short wave.
RadioProfile hf() {
  auto p = afsk1200();
  p.name = "hf";
  p.bitrate_bps = 300;
  p.preamble = 400ms;
  p.symbol = Duration{1'000'000'000 / 300};
  p.transmit_dbm = 5000;
  p.noise_dbm = -9000;  // atmospheric, 500 Hz at 3.6 MHz
  p.first_metre = 0;
  p.path_loss_exponent = 200;
  p.range_m = 300'000;
  p.sinr_offset = 0;
  p.sense = 60ms;
  p.quiet = 60ms;
  p.slot = 200ms;
  return p;
}

/// How far half of the frames come over a median path, in whole metres.
double range_of_budget(const RadioProfile& p) {
  const auto budget = p.transmit_dbm - p.noise_dbm - p.first_metre - half_loss_level(p);
  return static_cast<double>(
      static_cast<std::int64_t>(power_of_ten(budget * 100 / p.path_loss_exponent)));
}

std::vector<RadioProfile> all_profiles() {
  std::vector<RadioProfile> all{wifi(), halow()};
  constexpr std::array<std::string_view, 12> names = {
      "lora-sf7-125",  "lora-sf8-125",  "lora-sf9-125",  "lora-sf10-125",
      "lora-sf11-125", "lora-sf12-125", "lora-sf7-250",  "lora-sf8-250",
      "lora-sf9-250",  "lora-sf10-250", "lora-sf11-250", "lora-sf12-250"};
  for (std::uint32_t i = 0; i < names.size(); ++i)
    all.push_back(lora(names[i], 7 + i % 6, i < 6 ? 125'000 : 250'000));
  all.push_back(afsk1200());
  all.push_back(g3ruh9600());
  for (auto& profile : all) profile.range_m = range_of_budget(profile);
  all.push_back(hf());
  return all;
}

Duration lora_payload_time(const RadioProfile& p, std::int64_t octets) {
  constexpr std::int64_t code_bits = 5;  // 4/5
  const std::int64_t sf = p.spreading_factor;
  const std::int64_t slow = p.symbol > lora_slow_symbol ? 2 : 0;
  const std::int64_t bits = 8 * octets - 4 * sf + 28 + 16;
  const std::int64_t group = 4 * (sf - slow);
  const std::int64_t groups = std::max<std::int64_t>((bits + group - 1) / group, 0);
  return (8 + groups * code_bits) * p.symbol;
}

}  // namespace

const std::vector<RadioProfile>& radio_profiles() {
  static const auto all = all_profiles();
  return all;
}

const RadioProfile* find_profile(std::string_view name) {
  for (const auto& profile : radio_profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

RadioProfile at_bitrate(RadioProfile profile, std::uint64_t bitrate_bps) {
  assert(profile.spreading_factor == 0 && bitrate_bps > 0);
  const auto ratio = static_cast<double>(bitrate_bps) / static_cast<double>(profile.bitrate_bps);
  profile.sinr_offset += thousandths_of_log10(ratio);
  profile.bits_per_symbol = 1;
  profile.symbol =
      Duration{std::max<std::int64_t>(1, 1'000'000'000 / static_cast<std::int64_t>(bitrate_bps))};
  profile.bitrate_bps = bitrate_bps;
  return profile;
}

Duration preamble_time(const RadioProfile& profile) {
  if (profile.spreading_factor == 0) return profile.preamble;
  return lora_preamble_symbols * profile.symbol + profile.symbol * 17 / 4;
}

Duration time_on_air(const RadioProfile& profile, std::size_t octets) {
  const auto whole =
      static_cast<std::int64_t>(octets + profile.network_header_bytes + profile.link_header_bytes);
  if (profile.spreading_factor != 0)
    return preamble_time(profile) + lora_payload_time(profile, whole);
  const auto bits = whole * 8 + (profile.modulation == Modulation::ofdm ? ofdm_frame_bits : 0);
  if (profile.bits_per_symbol == 1) {
    const auto ns = static_cast<double>(bits) * 1e9 / static_cast<double>(profile.bitrate_bps);
    return profile.preamble + Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(ns))};
  }
  const auto symbols = (bits + profile.bits_per_symbol - 1) / profile.bits_per_symbol;
  return profile.preamble + symbols * profile.symbol;
}

Centidecibel half_loss_level(const RadioProfile& profile) {
  const auto octets = calibration_octets + profile.network_header_bytes + profile.link_header_bytes;
  return half_loss_sinr(profile.modulation, octets) + profile.sinr_offset;
}

}  // namespace muster::sim
