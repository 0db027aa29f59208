// SPDX-License-Identifier: Apache-2.0
#include "sim/io/run_lines.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "sim/io/file_descriptor.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;

/// True if the file is empty or ends with a whole line.
bool ends_whole(int fd) {
  const auto size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size <= 0 || ::pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

[[noreturn]] void cannot_append(const std::filesystem::path& path) {
  throw std::runtime_error(
      fmt::format("{}: {}; give another path to --out", path.string(), std::strerror(errno)));
}

}  // namespace

bool RunLine::finished() const { return report.value("verdict", "") != "crashed"; }

bool RunLine::passed() const { return report.value("verdict", "") == "passed"; }

Result<RunLine> parse_run_line(const std::string& text, const std::string& place) {
  auto report = json::parse(text, nullptr, false);
  if (report.is_discarded() || !report.is_object())
    return fail(fmt::format("{}: not a JSON object; it is passed over", place));
  const auto seed = report.find("seed");
  const auto scenario = report.find("scenario");
  const auto verdict = report.find("verdict");
  if (seed == report.end() || !seed->is_number_unsigned() || scenario == report.end() ||
      !scenario->is_string() || verdict == report.end() || !verdict->is_string()) {
    return fail(fmt::format("{}: not a run: it has no scenario, seed or verdict; it is passed over",
                            place));
  }
  return RunLine{place, seed->get<std::uint64_t>(), std::move(report)};
}

Result<RunLines> read_run_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path))
    return fail(fmt::format("{}: {}; give a file that --out has written", path.string(),
                            std::strerror(errno != 0 ? errno : EISDIR)));
  RunLines result;
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    if (text.empty()) continue;
    auto line = parse_run_line(text, fmt::format("{}:{}", path.string(), number));
    if (line) {
      result.lines.push_back(std::move(*line));
    } else {
      result.damaged.push_back(line.error().sentence);
    }
  }
  return result;
}

std::optional<PrintedReport> report_in(const std::string& output) {
  PrintedReport printed;
  std::istringstream lines(output);
  bool found = false;
  for (std::string text; std::getline(lines, text);) {
    auto line = parse_run_line(text, "");
    if (line) {
      printed.report = std::move(line->report);
      found = true;
    } else {
      printed.others += text + '\n';
    }
  }
  return found ? std::optional(std::move(printed)) : std::nullopt;
}

void append_run_line(const std::filesystem::path& path, const json& report) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH));
  if (!file.valid() || ::flock(file.get(), LOCK_EX) != 0) cannot_append(path);
  auto line = ends_whole(file.get()) ? std::string{} : std::string{"\n"};
  line += report.dump(-1, ' ', false, json::error_handler_t::replace);
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) cannot_append(path);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

RunIdentity identity_of(const json& report) {
  const auto text = [&](const json::json_pointer& place) {
    if (!report.contains(place)) return std::string{"nothing"};
    const auto& value = report.at(place);
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  using namespace nlohmann::literals;
  return {{{"scenario_sha256", text("/scenario_sha256"_json_pointer)},
           {"commit", text("/commit"_json_pointer)},
           {"world", text("/world"_json_pointer)},
           {"--set", text("/params/set"_json_pointer)}}};
}

std::string difference(const RunIdentity& a, const RunIdentity& b) {
  const auto [mine, other] = std::mismatch(a.fields.begin(), a.fields.end(), b.fields.begin());
  return mine == a.fields.end()
             ? std::string{}
             : fmt::format("{} {} and {}", mine->first, mine->second, other->second);
}

std::optional<double> number_at(const json& report, const std::string& path) {
  auto pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  const json::json_pointer place(pointer);
  if (!report.contains(place)) return std::nullopt;
  const auto& value = report.at(place);
  if (value.is_array()) return static_cast<double>(value.size());
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

}  // namespace muster::sim
