// SPDX-License-Identifier: Apache-2.0
#include "sim/io/repro_command.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/io/build_commit.hpp"
#include "sim/io/child_process.hpp"
#include "sim/io/failure_signs.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/seed_runs.hpp"
#include "sim/io/shell_words.hpp"
#include "sim/io/stop_signals.hpp"
#include "sim/io/verb_options.hpp"
#include "sim/shrink.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
namespace po = boost::program_options;

/// One run to be made again.
struct Again {
  RunLine line;
  std::string scenario;  ///< its file
  std::vector<Override> overrides;
  std::vector<std::string> witnesses;  ///< options of `run` that only look on
};

/// The first run of the file that has failed.
RunLine first_failed(const std::string& file) {
  const auto lines = read_run_lines(file);
  if (!lines) throw BadUsage{lines.error().sentence};
  for (const auto& line : lines->lines) {
    if (!line.passed()) return line;
  }
  throw BadUsage{fmt::format("{}: no run in it has failed; name one by FILE:LINE", file)};
}

RunLine numbered(const std::string& file, std::size_t number) {
  const auto lines = read_run_lines(file);
  if (!lines) throw BadUsage{lines.error().sentence};
  const auto place = fmt::format("{}:{}", file, number);
  for (const auto& line : lines->lines) {
    if (line.place == place) return line;
  }
  throw BadUsage{fmt::format("{}: there is no run in that line", place)};
}

/// FILE, FILE:LINE, the line itself, or "-" for the line on standard input.
RunLine line_of(const std::string& word) {
  std::string text = word;
  if (word == "-") std::getline(std::cin, text);
  if (word == "-" || word.starts_with("{")) {
    auto line = parse_run_line(text, "the line given");
    if (!line) throw BadUsage{line.error().sentence};
    return std::move(*line);
  }
  const auto colon = word.rfind(':');
  std::size_t number = 0;
  if (colon != std::string::npos && !fs::exists(word)) {
    const auto* const end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data() + colon + 1, end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end)
      return numbered(word.substr(0, colon), number);
  }
  return first_failed(word);
}

/// The run of the line, with its scenario as it was then. Throws if that is gone or changed.
Again again_of(const po::variables_map& given) {
  if (!given.contains("line"))
    throw BadUsage{"no run given; name it by FILE:LINE of what --out has written"};
  Again again{line_of(given["line"].as<std::string>()), {}, {}, {}};
  for (const auto* name : {"timeline", "pcap"}) {
    if (given.contains(name)) {
      again.witnesses.push_back(fmt::format("--{}", name));
      again.witnesses.push_back(given[name].as<std::string>());
    }
  }
  const auto& report = again.line.report;
  const auto params = report.value("params", json::object());
  again.scenario = given.contains("scenario") ? given["scenario"].as<std::string>()
                                              : params.value("scenario_file", "");
  if (again.scenario.empty())
    throw BadUsage{fmt::format("{}: it does not say of which scenario; give --scenario FILE",
                               again.line.place)};
  again.overrides = overrides_of(params.value("set", std::vector<std::string>{}));
  const auto text = read_scenario_file(again.scenario);
  const auto scenario = read_scenario(text, again.scenario, again.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  const auto sha256 = scenario_sha256(text, *scenario, again.scenario);
  if (report.value("scenario_sha256", json(nullptr)) != sha256) {
    throw std::runtime_error(
        fmt::format("{}: it is not what it was at that run; give the former one with --scenario",
                    again.scenario));
  }
  const auto commit = report.value("commit", json(nullptr));
  if (commit != build_commit()) {
    fmt::print(stderr,
               "note: that run was made by commit {}, this program is {}; it may end differently\n",
               commit.is_string() ? commit.get<std::string>() : "unknown", build_commit());
  }
  return again;
}

std::vector<std::string> run_words(const std::vector<std::string>& program, const Again& again,
                                   const std::vector<Override>& overrides) {
  auto words = program;
  words.insert(words.end(), {again.scenario, "--seed", std::to_string(again.line.seed)});
  for (const auto& change : overrides)
    words.insert(words.end(), {"--set", fmt::format("{}={}", change.key, change.value)});
  words.insert(words.end(), again.witnesses.begin(), again.witnesses.end());
  return words;
}

void print_command(const Again& again, const std::vector<Override>& overrides) {
  fmt::print("{}\n", shell_words(run_words({"muster", "sim", "run"}, again, overrides)));
  std::fflush(stdout);
}

/// What a run came to; the report of one that died says so.
struct Outcome {
  int exit_code = 0;
  json report;
  std::string said;  ///< all but the report
};

/// Runs it in a process of its own. Nothing if a signal stopped us.
std::optional<Outcome> make_run(const Again& again, const std::vector<Override>& overrides) {
  EventLoop loop;
  const StopSignals signals(loop);
  std::optional<Outcome> outcome;
  const auto command = [&](std::uint64_t) {
    auto words = run_words({own_program(), "run"}, again, overrides);
    words.insert(words.end(), {"--json", "--quiet"});
    return Command{words};
  };
  SeedRuns runs(loop, {{again.line.seed}, 1, command}, [&](const SeedRuns::Ended& ended) {
    outcome = Outcome{ended.exit_code, {}, ended.output};
    auto report = report_in(ended.output);
    if (report) {
      outcome->report = std::move(report->report);
      outcome->said = std::move(report->others);
    } else {
      outcome->report = {{"verdict", "crashed"}};
    }
  });
  runs.start();
  loop.run();
  return signals.came() ? std::nullopt : outcome;
}

void say_whether_alike(const Again& again, const Outcome& outcome) {
  const auto before = again.line.report.value("trace_sha256", json(nullptr));
  const auto now = outcome.report.value("trace_sha256", json(nullptr));
  if (before.is_string() && before == now) {
    fmt::print("the same run, event for event\n");
  } else if (before.is_string() && now.is_string()) {
    fmt::print("another run: trace {} then, {} now\n", before.get<std::string>().substr(0, 16),
               now.get<std::string>().substr(0, 16));
  }
}

int run_again(const Again& again) {
  print_command(again, again.overrides);
  const auto scenario =
      read_scenario(read_scenario_file(again.scenario), again.scenario, again.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  const auto outcome = make_run(again, again.overrides);
  if (!outcome) throw std::runtime_error("interrupted before the end");
  fmt::print("{}", outcome->said);
  fmt::print("{}: {}\n", scenario->name, outcome->report.value("verdict", ""));
  for (const auto& sign : failure_signs(*scenario, outcome->report)) fmt::print("  {}\n", sign);
  say_whether_alike(again, *outcome);
  return outcome->exit_code;
}

/// The signs of failure of the run with these values, or none if it cannot be run like that.
std::set<std::string> signs_with(const Again& again, const std::vector<Override>& overrides) {
  const auto scenario =
      read_scenario(read_scenario_file(again.scenario), again.scenario, overrides);
  if (!scenario) return {};
  const auto outcome = make_run(again, overrides);
  if (!outcome) throw std::runtime_error("interrupted before the end");
  return outcome->exit_code == 2 ? std::set<std::string>{}
                                 : failure_signs(*scenario, outcome->report);
}

int shrink_run(const Again& again, unsigned attempts_max) {
  const auto wanted = signs_with(again, again.overrides);
  if (wanted.empty())
    throw std::runtime_error(
        fmt::format("{}: it does not fail here; nothing to shrink", again.line.place));
  for (const auto& sign : wanted) fmt::print(stderr, "it fails: {}\n", sign);
  const auto fails = [&](const std::vector<Override>& overrides) {
    const auto signs = signs_with(again, overrides);
    const bool alike = std::any_of(signs.begin(), signs.end(),
                                   [&](const auto& sign) { return wanted.contains(sign); });
    fmt::print(stderr, "{}  {}\n", alike ? "fails " : "passes",
               shell_words(run_words({}, again, overrides)));
    return alike;
  };
  const auto scenario =
      read_scenario(read_scenario_file(again.scenario), again.scenario, again.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  const auto shrunk =
      shrink(*scenario, again.line.seed, again.overrides, fails, {.attempts_max = attempts_max});
  if (shrunk.exhausted)
    fmt::print(stderr, "all {} attempts are used up; more are given with --attempts\n",
               shrunk.attempts);
  print_command(again, shrunk.overrides);
  return 0;
}

}  // namespace

int repro_command(const std::vector<std::string>& arguments) {
  return run_verb("muster sim repro", [&] {
    VerbSyntax syntax{
        "repro FILE[:LINE] [option...]", po::options_description("options"), {"line"}};
    syntax.options.add_options()("line", po::value<std::string>(),
                                 "the run: FILE:LINE; FILE alone for the first that failed in it; "
                                 "the line itself; - for the "
                                 "line on standard input (also without the option's name)")(
        "scenario", po::value<std::string>(),
        "FILE: where the scenario is now, if not where it was")("print", "only print the command")(
        "timeline", po::value<std::string>(), "FILE: what happened when, for muster sim report")(
        "pcap", po::value<std::string>(), "FILE: every frame on the medium, for Wireshark")(
        "shrink",
        "look for a shorter run with fewer faults, events, hosts and less work that fails "
        "alike, and print its command")("attempts", po::value<unsigned>()->default_value(200),
                                        "N: runs that --shrink may make");
    const auto given = parse_verb(arguments, syntax);
    if (!given) return 0;
    const auto again = again_of(*given);
    if (given->contains("shrink") && !again.witnesses.empty())
      throw BadUsage{"--timeline and --pcap are for one run, not for the many of --shrink"};
    if (given->contains("print")) {
      print_command(again, again.overrides);
      return 0;
    }
    return given->contains("shrink") ? shrink_run(again, (*given)["attempts"].as<unsigned>())
                                     : run_again(again);
  });
}

}  // namespace muster::sim
