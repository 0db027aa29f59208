// SPDX-License-Identifier: Apache-2.0
#include "sim/io/scenario_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "security/crypto.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {

std::string read_scenario_file(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw BadUsage{fmt::format("{}: {}; give the path of a scenario", path, std::strerror(errno))};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

namespace {

struct TraceFile {
  std::string path;
  std::string text;
};

/// Nothing if the scenario names none.
std::optional<TraceFile> trace_file_of(const Scenario& scenario, const std::string& scenario_path) {
  if (scenario.layout.mobility != Mobility::trace) return std::nullopt;
  const auto path = std::filesystem::path(scenario_path).parent_path() / scenario.layout.trace_file;
  std::ifstream file(path);
  if (!file) {
    throw BadUsage{fmt::format("{}: {}; name a trace beside the scenario in hosts.mobility",
                               path.string(), std::strerror(errno))};
  }
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) > trace_bytes_max || unknown) {
    throw BadUsage{fmt::format("{}: not a file of at most {} bytes; give a shorter trace",
                               path.string(), trace_bytes_max)};
  }
  std::ostringstream text;
  text << file.rdbuf();
  return TraceFile{path.string(), text.str()};
}

}  // namespace

std::string scenario_sha256(const std::string& text, const Scenario& scenario,
                            const std::string& scenario_path) {
  const auto trace = trace_file_of(scenario, scenario_path);
  return to_hex(security::sha256(as_bytes(trace ? text + trace->text : text)));
}

void load_trace(Scenario& scenario, const std::string& scenario_path) {
  const auto file = trace_file_of(scenario, scenario_path);
  if (!file) return;
  auto trace = read_trace(file->text, file->path);
  if (!trace) throw BadUsage{trace.error().sentence};
  if (const auto fits = apply_trace(scenario, std::move(*trace)); !fits)
    throw BadUsage{fits.error().sentence};
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
