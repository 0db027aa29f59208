// SPDX-License-Identifier: Apache-2.0
#include "sim/io/timeline.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace muster::sim {

Timeline::Timeline(const std::filesystem::path& events) {
  if (!events.empty()) events_.open(events, std::ios::trunc);
}

double Timeline::seconds(TimePoint now) const {
  return zero_ == TimePoint{} ? 0 : std::chrono::duration<double>(now - zero_).count();
}

void Timeline::say(TimePoint now, const std::string& kind, const std::string& text) {
  say(now, kind, text, nlohmann::json::object());
}

void Timeline::say(TimePoint now, const std::string& kind, const std::string& text,
                   nlohmann::json facts) {
  fmt::print("{:7.1f} s  {}\n", seconds(now), text);
  std::fflush(stdout);
  if (!events_.is_open()) return;
  facts["t"] = std::round(seconds(now) * 1e6) / 1e6;
  facts["kind"] = kind;
  facts["text"] = text;
  events_ << facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void Timeline::remark(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

}  // namespace muster::sim
