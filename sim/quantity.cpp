// SPDX-License-Identifier: Apache-2.0
#include "sim/quantity.hpp"

#include <cmath>
#include <span>

namespace muster::sim {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr Unit durations[] = {{"ns", 1e0}, {"us", 1e3},   {"ms", 1e6},    {"s", 1e9},
                              {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"y", 365 * 86400e9}};
constexpr Unit bitrates[] = {{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}};
constexpr Unit distances[] = {{"m", 1}, {"km", 1e3}};
constexpr Unit speeds[] = {{"m/s", 1}, {"km/h", 1 / 3.6}};

/// Larger values of a duration would not fit 64 bits of nanoseconds.
constexpr double duration_ns_max = 9e18;
/// Farther and faster than anything on Earth; and small enough to calculate with.
constexpr double speed_mps_max = 1e6;

/// Takes digits with at most one point from the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  double value = 0;
  double place = 1;
  bool point = false;
  std::size_t digits = 0;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      ++digits;
      if (point) place /= 10;
      value = point ? value + (c - '0') * place : value * 10 + (c - '0');
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  return negative ? -value : value;
}

std::optional<double> parse(std::string_view text, std::span<const Unit> units) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const auto& unit : units) {
    if (unit.name == text) return *number * unit.factor;
  }
  return std::nullopt;
}

std::optional<double> parse_up_to(double most, std::string_view text, std::span<const Unit> units) {
  const auto value = parse(text, units);
  return value && *value >= 0 && *value <= most ? value : std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto value = parse(text, durations);
  if (!value || std::abs(*value) > duration_ns_max) return std::nullopt;
  return Duration{std::llround(*value)};
}

std::optional<std::uint64_t> parse_bitrate(std::string_view text) {
  const auto value = parse(text, bitrates);
  if (!value || *value < 1 || *value > 1e15) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*value));
}

std::optional<double> parse_distance(std::string_view text) {
  return parse_up_to(distance_m_max, text, distances);
}

std::optional<double> parse_speed(std::string_view text) {
  return parse_up_to(speed_mps_max, text, speeds);
}

std::optional<Area> parse_area(std::string_view text) {
  const auto by = text.find(" x ");
  if (by == std::string_view::npos) return std::nullopt;
  const auto width = parse_distance(text.substr(0, by));
  const auto height = parse_distance(text.substr(by + 3));
  if (!width || !height) return std::nullopt;
  return Area{*width, *height};
}

}  // namespace muster::sim
