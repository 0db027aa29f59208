// SPDX-License-Identifier: Apache-2.0
#include "sim/io/report_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "sim/io/report_page.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/verb_options.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
namespace po = boost::program_options;

// A browser does not bear more.
constexpr std::uintmax_t recording_bytes_max = 128 * 1024 * 1024;
constexpr int recording_version = 1;
constexpr std::string_view place_of_data = "@MUSTER_DATA@";

struct Shown {
  std::vector<json> runs;
  std::size_t shown = 0;
  json recording;  ///< or null
};

bool is_recording(const fs::path& path) {
  std::ifstream file(path);
  std::string first;
  std::getline(file, first);
  const auto begin = json::parse(first, nullptr, false);
  return begin.is_object() && begin.value("k", json(nullptr)) == "begin";
}

/// All lines of a timeline. Throws if it is not whole.
json read_recording(const fs::path& path) {
  if (fs::file_size(path) > recording_bytes_max) {
    throw std::runtime_error(fmt::format("{}: larger than {} MiB; record a shorter or smaller run",
                                         path.string(), recording_bytes_max / 1024 / 1024));
  }
  std::ifstream file(path);
  auto lines = json::array();
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    auto line = json::parse(text, nullptr, false);
    if (!line.is_object() || !line.value("k", json(nullptr)).is_string()) {
      throw std::runtime_error(fmt::format("{}:{}: not a line of a timeline; make the run again",
                                           path.string(), number));
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty() || lines.front().value("k", "") != "begin")
    throw std::runtime_error(fmt::format("{}: not a timeline", path.string()));
  if (lines.front().value("version", json(nullptr)) != recording_version) {
    throw std::runtime_error(
        fmt::format("{}: of another version of muster; make the run again", path.string()));
  }
  if (lines.back().value("k", "") != "end") {
    throw std::runtime_error(
        fmt::format("{}: it is cut short, the run did not end; make it again", path.string()));
  }
  return lines;
}

Shown from_recording(const fs::path& path) {
  auto recording = read_recording(path);
  Shown shown{{recording.back().value("report", json::object())}, 0, nullptr};
  shown.recording = std::move(recording);
  return shown;
}

/// Where the run's timeline is now: where it was, or beside the file of runs.
std::optional<fs::path> timeline_of(const json& report, const fs::path& runs) {
  const auto said = fs::path(report.value("timeline", ""));
  if (said.empty()) return std::nullopt;
  for (const auto& place : {said, runs.parent_path() / said.filename()}) {
    if (fs::exists(place)) return place;
  }
  throw std::runtime_error(fmt::format(
      "{}: the timeline of the run is not there (any more); make the run again", said.string()));
}

/// The run of that seed; without one the first that has failed and a timeline, else the first that
/// has a timeline, else the first.
std::size_t choose(const std::vector<RunLine>& lines, const po::variables_map& given) {
  const auto find = [&](auto test) -> std::optional<std::size_t> {
    const auto found = std::find_if(lines.begin(), lines.end(), test);
    if (found == lines.end()) return std::nullopt;
    return static_cast<std::size_t>(found - lines.begin());
  };
  if (given.contains("seed")) {
    const auto seed = given["seed"].as<std::uint64_t>();
    const auto found = find([seed](const RunLine& line) { return line.seed == seed; });
    if (!found) throw BadUsage{fmt::format("--seed {}: there is no run with it in the file", seed)};
    return *found;
  }
  const auto recorded = [](const RunLine& line) { return line.report.contains("timeline"); };
  const auto failed = find([&](const RunLine& line) { return recorded(line) && !line.passed(); });
  return failed ? *failed : find(recorded).value_or(0);
}

Shown from_runs(const std::string& file, const po::variables_map& given) {
  const auto lines = read_run_lines(file);
  if (!lines) throw BadUsage{lines.error().sentence};
  for (const auto& sentence : lines->damaged) fmt::print(stderr, "{}\n", sentence);
  if (lines->lines.empty()) throw BadUsage{fmt::format("{}: there is no run in it", file)};
  Shown shown;
  shown.shown = choose(lines->lines, given);
  for (const auto& line : lines->lines) shown.runs.push_back(line.report);
  if (const auto timeline = timeline_of(shown.runs[shown.shown], file))
    shown.recording = read_recording(*timeline);
  return shown;
}

int report(const po::variables_map& given) {
  if (!given.contains("file"))
    throw BadUsage{"no file given; name one that run --out or --timeline has written"};
  const auto file = given["file"].as<std::string>();
  const auto shown = is_recording(file) ? from_recording(file) : from_runs(file, given);
  const auto path = given["out"].as<std::string>();
  std::ofstream page(path, std::ios::trunc);
  page << page_of(shown.runs, shown.shown, shown.recording);
  if (!page.flush())
    throw std::runtime_error(fmt::format("{}: cannot be written; give another -o", path));
  return 0;
}

}  // namespace

std::string page_of(const std::vector<json>& runs, std::size_t shown, const json& recording) {
  const json data{{"runs", runs}, {"shown", shown}, {"recording", recording}};
  std::string text;
  // Nothing in the data may end the element it stands in.
  for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  std::string page(report_page());
  return page.replace(page.find(place_of_data), place_of_data.size(), text);
}

int report_command(const std::vector<std::string>& arguments) {
  return run_verb("muster sim report", [&] {
    VerbSyntax syntax{"report FILE [option...]", po::options_description("options"), {"file"}};
    syntax.options.add_options()(
        "file", po::value<std::string>(),
        "what run --out or --timeline has written (also without the option's name)")(
        "out,o", po::value<std::string>()->default_value("report.html"), "FILE: the page")(
        "seed", po::value<std::uint64_t>(), "N: of many runs, the one to look at closely");
    const auto given = parse_verb(arguments, syntax);
    return given ? report(*given) : 0;
  });
}

}  // namespace muster::sim
