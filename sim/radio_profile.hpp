// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sim/decibel.hpp"
#include "sim/error_rate.hpp"

namespace muster::sim {

/// A kind of radio or modem, with its defaults; docs/DRILLS.md has them as a table.
struct RadioProfile {
  std::string_view name;
  Modulation modulation = Modulation::ofdm;
  std::uint64_t bitrate_bps = 0;  ///< of the payload; LoRa's follows from its other values
  std::uint32_t mtu_bytes = 0;    ///< with what belongs to networks (IP, UDP), without link headers
  std::uint32_t network_header_bytes = 0;  ///< IP and UDP, where the link is a network
  std::uint32_t link_header_bytes = 0;     ///< on the air beside the MTU: addresses, check sum
  Duration preamble{};                     ///< everything before the payload, at its own rate
  Duration symbol{};                       ///< the payload is whole symbols
  std::uint32_t bits_per_symbol = 1;
  std::uint32_t spreading_factor = 0;  ///< LoRa only, with the next one
  std::uint32_t bandwidth_hz = 0;

  // Link budget.
  Centidecibel transmit_dbm = 0;         ///< in centi-dBm, like the next two
  Centidecibel noise_dbm = 0;            ///< thermal, in the bandwidth, with the receiver's own
  Centidecibel first_metre = 0;          ///< path loss of the first metre at its frequency
  std::int32_t path_loss_exponent = 0;   ///< in hundredths
  Centidecibel shadowing = 0;            ///< standard deviation
  double range_m = 0;                    ///< what follows: half of the frames arrive (median link)
  Centidecibel sinr_offset = 0;          ///< channel's SNR minus the ratio that errors depend on
  Centidecibel capture = 0;              ///< how much stronger a later frame takes the receiver
  Centidecibel interference_weight = 0;  ///< how much worse than noise another's signal is

  // Access to the channel.
  Duration sense{};  ///< until a signal that began is noticed
  Duration quiet{};  ///< silence wanted before slots are counted
  Duration slot{};
  std::uint32_t window_slots = 1;  ///< a station waits 0 to window - 1 slots
  std::uint32_t queue_bytes = 0;   ///< what a transmitter keeps before it drops
  std::optional<double> duty_cycle;
};

/// Nothing if there is no such profile.
[[nodiscard]] const RadioProfile* find_profile(std::string_view name);
[[nodiscard]] const std::vector<RadioProfile>& radio_profiles();

/// The same radio at another rate of its payload, with as much more or less signal needed.
[[nodiscard]] RadioProfile at_bitrate(RadioProfile profile, std::uint64_t bitrate_bps);

/// Time on the air of a frame whose datagram has `octets`. For LoRa the formula of the SX1276
/// data sheet (4.1.1.7): explicit header, CRC, code 4/5, preamble of 8 symbols, low data rate
/// optimisation where a symbol takes more than 16 ms.
[[nodiscard]] Duration time_on_air(const RadioProfile& profile, std::size_t octets);
/// Its part before the payload, in which the receiver must find the signal.
[[nodiscard]] Duration preamble_time(const RadioProfile& profile);

/// Signal above noise, as the medium counts it, at which half of the frames of calibration_octets
/// (as datagrams) arrive.
[[nodiscard]] Centidecibel half_loss_level(const RadioProfile& profile);
inline constexpr std::uint32_t calibration_octets = 200;

}  // namespace muster::sim
