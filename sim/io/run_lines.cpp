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

bool is_text(const json& value) { return value.is_string(); }
bool is_text_or_null(const json& value) { return value.is_string() || value.is_null(); }
bool is_texts(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), is_text);
}

struct Member {
  const char* pointer;
  bool (*fits)(const json&);
  bool required;
};

/// What others rely on when they read a run.
constexpr Member members[] = {
    {"/scenario", is_text, true},
    {"/verdict", is_text, true},
    {"/seed", [](const json& value) { return value.is_number_unsigned(); }, true},
    {"/scenario_sha256", is_text_or_null, false},
    {"/commit", is_text_or_null, false},
    {"/trace_sha256", is_text_or_null, false},
    {"/why", is_text, false},
    {"/timeline", is_text, false},
    {"/params", [](const json& value) { return value.is_object(); }, false},
    {"/params/scenario_file", is_text, false},
    {"/params/set", is_texts, false},
    {"/params/seeds", is_text, false},
    {"/invariants", [](const json& value) { return value.is_object(); }, false},
    {"/invariants/violations", is_texts, false}};

bool is_run(const json& report) {
  return std::all_of(std::begin(members), std::end(members), [&](const Member& member) {
    const json::json_pointer place(member.pointer);
    return report.contains(place) ? member.fits(report.at(place)) : !member.required;
  });
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
  if (!is_run(report))
    return fail(fmt::format("{}: not a run, or not a whole one; it is passed over", place));
  const auto seed = report["seed"].get<std::uint64_t>();
  return RunLine{place, seed, std::move(report)};
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
