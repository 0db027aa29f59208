// SPDX-License-Identifier: Apache-2.0
#include "sim/io/scenario_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace muster::sim {

std::string read_scenario_file(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw BadUsage{fmt::format("{}: {}; give the path of a scenario", path, std::strerror(errno))};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Override override_of(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw BadUsage{fmt::format("--set {}: write KEY=VALUE", text)};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<Override> overrides_of(const std::vector<std::string>& texts) {
  std::vector<Override> all;
  for (const auto& text : texts) all.push_back(override_of(text));
  return all;
}

}  // namespace muster::sim
