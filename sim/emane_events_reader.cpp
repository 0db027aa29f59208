// SPDX-License-Identifier: Apache-2.0
// EMANE's event log (EEL): "TIME nem:N KIND ARGUMENTS", NEMs numbered from 1. Locations jump, as
// they do in EMANE; path losses replace what follows from places. How antennas are turned and how
// fast a NEM says it moves mean nothing here.
#include <numbers>
#include <set>

#include <fmt/format.h>

#include "sim/trace_lines.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {
namespace {

constexpr double earth_radius_m = 6'371'009;  // mean, IUGG

/// By its series, which is the same on every machine; `x` within a quarter turn.
double cosine(double x) {
  double term = 1;
  double sum = 1;
  for (int n = 1; n <= 10; ++n) {
    term *= -x * x / ((2 * n - 1) * (2 * n));
    sum += term;
  }
  return sum;
}

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

class EmaneReader {
 public:
  EmaneReader(std::string_view text, std::string_view file) : file_(file), lines_(text, file) {}

  Result<MotionTrace> read() {
    while (const auto words = lines_.next()) event(*words);
    if (lines_.fault()) return tl::make_unexpected(*lines_.fault());
    if (trace_.path_losses.empty() && located_.size() < trace_.ways.size())
      return fail(fmt::format("{}: some NEM of {} is nowhere; give each a location", file_,
                              trace_.ways.size()));
    return std::move(trace_);
  }

 private:
  void event(const std::vector<std::string_view>& words) {
    if (words.size() < 4) {
      lines_.fail("an event is a time, a NEM, a kind and arguments", "take a whole copy");
      return;
    }
    const auto at = words[0] == "-Inf" ? Duration{} : lines_.time(words[0]);
    if (at < last_) lines_.fail("it is before the event before it", "sort the events by time");
    last_ = at;
    const auto host = nem(words[1]);
    if (words[2] == "location" && words[3] == "gps" && words.size() >= 5) {
      locate(at, host, words[4]);
    } else if (words[2] == "pathloss") {
      for (std::size_t i = 3; i < words.size(); ++i) lose(at, host, words[i]);
    } else if (words[2] != "orientation" && words[2] != "velocity") {
      lines_.fail(fmt::format("no \"{}\" is known here", words[2]),
                  "locations (gps) and path losses are");
    }
  }

  /// Degrees become metres on the plane that touches the earth at the first location.
  void locate(Duration at, HostIndex host, std::string_view gps) {
    const auto parts = parts_of(gps);
    if (parts.size() < 3) {
      lines_.fail("a location is latitude, longitude and altitude", "take a whole copy");
      return;
    }
    const auto latitude = lines_.number(parts[0]);
    const auto longitude = lines_.number(parts[1]);
    if (latitude < -90 || latitude > 90)
      lines_.fail("there is no such latitude", "give -90 to 90 degrees");
    if (!origin_) origin_ = {longitude, latitude};
    constexpr double radians = std::numbers::pi / 180;
    const double scale = cosine(origin_->y_m * radians);
    const Position place{(longitude - origin_->x_m) * radians * earth_radius_m * scale,
                         (latitude - origin_->y_m) * radians * earth_radius_m};
    auto& way = way_of(host);
    located_.insert(host);
    if (at == Duration{}) {
      way.start = place;
    } else {
      const auto before = way.stretches.empty() ? way.start : way.stretches.back().to;
      way.stretches.push_back({at, at, before, place});
    }
  }

  /// "nem:2,90.5" or "nem:2,90.5,91": towards that NEM, and the way back where it differs.
  void lose(Duration at, HostIndex from, std::string_view argument) {
    const auto parts = parts_of(argument);
    if (parts.size() != 2 && parts.size() != 3) {
      lines_.fail("a path loss is a NEM and decibels", "take a whole copy");
      return;
    }
    const auto to = nem(parts[0]);
    way_of(from);
    way_of(to);
    trace_.path_losses.push_back({at, from, to, decibels(parts[1])});
    trace_.path_losses.push_back({at, to, from, decibels(parts.back())});
  }

  double decibels(std::string_view word) {
    const auto value = lines_.number(word);
    if (value < 0 || value > 1000)
      lines_.fail("there is no such path loss", "give 0 to 1000 decibels");
    return value;
  }

  HostIndex nem(std::string_view word) {
    if (word.substr(0, 4) == "nem:") return lines_.host(word.substr(4), 1);
    lines_.fail(fmt::format("\"{}\" is not a NEM", word), "write for example nem:1");
    return 0;
  }

  MotionTrace::Way& way_of(HostIndex host) {
    if (host >= trace_.ways.size()) trace_.ways.resize(host + 1);
    return trace_.ways[host];
  }

  std::string file_;
  TraceLines lines_;
  std::set<HostIndex> located_;
  MotionTrace trace_;
  Duration last_{};
  std::optional<Position> origin_;  ///< longitude and latitude, in degrees
};

}  // namespace

Result<MotionTrace> read_emane_events(std::string_view text, std::string_view file) {
  return EmaneReader(text, file).read();
}

}  // namespace muster::sim
