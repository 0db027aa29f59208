// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace muster::radio {

/// What a link's radio can carry, as far as a node has to know: everything that paces itself by the
/// link goes by this. The default is a link that need not be spared.
struct LinkProfile {
  std::uint64_t bitrate_bps = 0;       ///< of the payload on the air; 0: not to be spared
  Duration per_frame{};                ///< on the air beside the payload: key-up, preamble, tail
  std::uint32_t header_bytes = 0;      ///< on the air with each datagram: addresses, check sum
  bool half_duplex = true;             ///< one channel for all who hear each other
  Duration slot{};                     ///< what a station waits at random is a multiple of this
  std::optional<double> duty_cycle{};  ///< share of any hour that one station may send

  friend bool operator==(const LinkProfile&, const LinkProfile&) = default;

  /// Time on the air is counted, and what may wait, waits.
  [[nodiscard]] bool metered() const { return bitrate_bps != 0; }
  [[nodiscard]] Duration airtime(std::size_t datagram_bytes) const {
    if (!metered()) return {};
    const double bits = 8.0 * static_cast<double>(datagram_bytes + header_bytes);
    return per_frame +
           Duration{static_cast<std::int64_t>(bits * 1e9 / static_cast<double>(bitrate_bps))};
  }
};

/// A kind of radio by name, with the largest datagram that is wise on it.
struct NamedProfile {
  std::string_view name;
  LinkProfile profile;
  std::size_t datagram_bytes_max = 0;
};

/// Packet radio as terminal node controllers speak it; nothing if there is no such profile.
[[nodiscard]] const NamedProfile* find_packet_radio(std::string_view name);
/// Their names, for those who asked for another.
[[nodiscard]] std::string_view packet_radio_names();

struct LoraParameters {
  std::uint32_t bandwidth_hz = 125'000;
  std::uint32_t spreading_factor = 8;  ///< 5..12
  std::uint32_t coding_rate = 5;       ///< 4/5..4/8 as 5..8
};
/// LoRa's time on the air (SX1276 data sheet, 4.1.1.7) as a fixed part and a rate: never too short
/// by more than a symbol group.
[[nodiscard]] LinkProfile lora_profile(const LoraParameters& parameters);

}  // namespace muster::radio
