// SPDX-License-Identifier: Apache-2.0
#include "sim/io/recording_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace muster::sim {
namespace {

using nlohmann::json;

// So that a page has enough to draw and not too much.
constexpr int samples = 600;
constexpr Duration period_min = std::chrono::milliseconds{100};

/// In the order of Layout.
constexpr std::array<const char*, 6> layout_words = {"chain",  "grid",     "mesh",
                                                     "random", "clusters", "positions"};

double seconds(Duration time) { return std::round(static_cast<double>(time.count()) / 1e3) / 1e6; }

double decimetres(double metres) { return std::round(metres * 10) / 10; }

/// An item as a line without its time.
struct AsJson {
  json operator()(const Recorder::Placed& item) const {
    return {{"k", "placed"},
            {"host", item.host},
            {"x", decimetres(item.position.x_m)},
            {"y", decimetres(item.position.y_m)}};
  }
  json operator()(const Recorder::Linked& item) const {
    return {{"k", "linked"}, {"a", item.a}, {"b", item.b}, {"up", item.up}};
  }
  json operator()(const Recorder::Powered& item) const {
    return {{"k", "powered"}, {"host", item.host}, {"on", item.on}};
  }
  json operator()(const Recorder::Grouped& item) const {
    return {{"k", "grouped"}, {"components", item.components}};
  }
  json operator()(const Recorder::Happened& item) const {
    return {{"k", "happened"}, {"text", item.text}};
  }
  json operator()(const Recorder::OnAir& item) const {
    auto airtime = json::array();
    for (const auto time : item.airtime) airtime.push_back(seconds(time));
    return {{"k", "on_air"}, {"airtime", airtime}, {"bytes", item.bytes}};
  }
  json operator()(const Recorder::MessageSent& item) const {
    return {{"k", "message_sent"}, {"n", item.number}, {"from", item.from}, {"to", item.to}};
  }
  json operator()(const Recorder::MessageAnswered& item) const {
    return {{"k", "message_answered"}, {"n", item.number}, {"status", item.status}};
  }
  json operator()(const Recorder::MessageShown& item) const {
    return {{"k", "message_shown"}, {"n", item.number}};
  }
  json operator()(const Recorder::CallDialled& item) const {
    return {{"k", "call_dialled"}, {"n", item.number}, {"from", item.from}, {"to", item.to}};
  }
  json operator()(const Recorder::CallEstablished& item) const {
    return {{"k", "call_established"}, {"n", item.number}};
  }
  json operator()(const Recorder::CallClosed& item) const {
    return {{"k", "call_closed"}, {"n", item.number}, {"reason", item.reason}};
  }
};

}  // namespace

RecordingFile::RecordingFile(const std::filesystem::path& path, const Scenario& scenario,
                             std::uint64_t seed)
    : path_(path),
      file_(path, std::ios::trunc),
      period_(std::max<Duration>(period_min, scenario.duration / samples)) {
  if (!file_)
    throw std::runtime_error(fmt::format("{}: {}; give another path to --timeline", path.string(),
                                         std::strerror(errno)));
  auto hosts = json::array();
  for (const auto& host : scenario.hosts) {
    hosts.push_back({{"name", host.name}, {"users", host.users}});
  }
  write({{"k", "begin"},
         {"version", 1},
         {"scenario", scenario.name},
         {"seed", seed},
         {"duration_s", seconds(scenario.duration)},
         {"layout", layout_words.at(static_cast<std::size_t>(scenario.layout.layout))},
         {"hosts", hosts}});
}

void RecordingFile::record(Duration since_start, const Item& item) {
  auto line = std::visit(AsJson{}, item);
  line["t"] = seconds(since_start);
  write(line);
}

void RecordingFile::write(const json& line) {
  file_ << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}

void RecordingFile::finish(const json& report) {
  write({{"k", "end"}, {"report", report}});
  if (!file_.flush())
    throw std::runtime_error(
        fmt::format("{}: it could not be written whole; is the disk full?", path_.string()));
}

}  // namespace muster::sim
