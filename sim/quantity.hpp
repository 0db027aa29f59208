// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace muster::sim {

/// A rectangle on the ground, in metres.
struct Area {
  double width_m = 0;
  double height_m = 0;
};

// Quantities as scenarios write them: a decimal number, directly followed by its unit. Each gives
// nothing if the text is anything else.

/// "3ms", "1.5s", "10m", "4h", "7d", "-2y" (a year has 365 days); units ns us ms s m h d y.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
/// Bits per second: "6Mbit/s", "1200bit/s"; units bit/s kbit/s Mbit/s Gbit/s. Above zero.
[[nodiscard]] std::optional<std::uint64_t> parse_bitrate(std::string_view text);
/// Longer than any way on Earth, metres.
inline constexpr double distance_m_max = 1e8;
/// Metres: "200m", "1.5km". Not negative, at most distance_m_max.
[[nodiscard]] std::optional<double> parse_distance(std::string_view text);
/// Metres per second: "1.5m/s", "36km/h". Not negative, at most a thousand kilometres.
[[nodiscard]] std::optional<double> parse_speed(std::string_view text);
/// "3km x 3km".
[[nodiscard]] std::optional<Area> parse_area(std::string_view text);

}  // namespace muster::sim
