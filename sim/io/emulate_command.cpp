// SPDX-License-Identifier: Apache-2.0
#include "sim/io/emulate_command.hpp"

#include <cerrno>
#include <cstring>
#include <optional>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "sim/console.hpp"
#include "sim/emulatable.hpp"
#include "sim/io/crash_guard.hpp"
#include "sim/io/drill.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/run_report.hpp"
#include "sim/io/scenario_file.hpp"
#include "sim/io/stop_signals.hpp"
#include "sim/io/swarm_command.hpp"
#include "sim/io/verb_options.hpp"
#include "sim/scenario_reader.hpp"
#include "sim/swarm_faults.hpp"

namespace muster::sim {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

struct Options {
  std::string scenario;
  std::string phones = "baresip";
  bool keep = false;
  bool bare = false;
  std::optional<std::uint64_t> seed;
  std::vector<Override> overrides;
  fs::path pcap;
  fs::path out;
  fs::path directory;
  fs::path builds;
  fs::path json_events;
};

po::options_description described() {
  po::options_description options("options");
  options.add_options()("scenario", po::value<std::string>(),
                        "the scenario (also without the option's name)")(
      "phones", po::value<std::string>()->default_value("baresip"),
      "baresip: one for each user; none")("keep",
                                          "leave it running after the scenario, until Ctrl-C")(
      "bare", "only hosts and medium: no nodes, no phones; for programs of your own")(
      "seed", po::value<std::uint64_t>(), "seed of the losses, instead of the scenario's")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: change one value of the scenario, for example hosts.count=6")(
      "pcap", po::value<std::string>(), "FILE: write every frame on the medium in libpcap format")(
      "out", po::value<std::string>(), "FILE: append the run's figures as one line of JSON")(
      "dir", po::value<std::string>(),
      "DIR: state, logs and recordings go here and stay; without it they go to a directory that is "
      "removed")("builds", po::value<std::string>(),
                 "DIR: where musterd and muster are; default: beside this program")(
      "json-events", po::value<std::string>(), "FILE: the timeline as one JSON object a line");
  return options;
}

fs::path path_option(const po::variables_map& given, const char* name) {
  return given.contains(name) ? fs::absolute(given[name].as<std::string>()) : fs::path{};
}

/// Nothing if only help was wanted.
std::optional<Options> parse(const std::vector<std::string>& arguments) {
  const auto words = parse_verb(arguments, {.usage = "emulate SCENARIO [option...]",
                                            .options = described(),
                                            .positions = {"scenario"},
                                            .program = "muster"});
  if (!words) return std::nullopt;
  const auto& given = *words;
  if (!given.contains("scenario")) throw BadUsage{"no scenario given; sim/scenarios/ has some"};
  Options result;
  result.scenario = given["scenario"].as<std::string>();
  result.phones = given["phones"].as<std::string>();
  if (result.phones != "baresip" && result.phones != "none") {
    throw BadUsage{fmt::format("--phones {}: choose baresip or none", result.phones)};
  }
  result.keep = given.contains("keep");
  result.bare = given.contains("bare");
  if (given.contains("seed")) result.seed = given["seed"].as<std::uint64_t>();
  result.overrides = overrides_in(given);
  result.pcap = path_option(given, "pcap");
  result.out = path_option(given, "out");
  result.directory = path_option(given, "dir");
  result.builds = given.contains("builds") ? path_option(given, "builds")
                                           : fs::read_symlink("/proc/self/exe").parent_path();
  result.json_events = path_option(given, "json-events");
  return result;
}

struct NeedsNodes {
  bool operator()(const PartitionEvent&) const { return false; }
  bool operator()(const HealEvent&) const { return false; }
  bool operator()(const LossEvent&) const { return false; }
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }
};

struct NeedsPhones {
  bool operator()(const CallEvent&) const { return true; }
  bool operator()(const MessageEvent&) const { return true; }
  bool operator()(const RegisterEvent&) const { return true; }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

Scenario load(const Options& options, const std::string& text) {
  auto scenario = read_scenario(text, options.scenario, options.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  draw_faults(*scenario, options.seed.value_or(scenario->seed));
  if (const auto why = why_not_emulatable(*scenario))
    throw BadUsage{fmt::format("{}: {}", options.scenario, why->sentence)};
  const bool silent = options.bare || options.phones == "none";
  if (silent && (scenario->workload.calls || scenario->workload.messages)) {
    throw BadUsage{fmt::format("{}: the workload needs phones; leave out --bare and --phones none",
                               options.scenario)};
  }
  for (const auto& event : scenario->events) {
    if ((options.bare && std::visit(NeedsNodes{}, event.action)) ||
        (silent && std::visit(NeedsPhones{}, event.action))) {
      throw BadUsage{fmt::format("{}:{}: this event needs what --bare or --phones none leaves out",
                                 options.scenario, event.line)};
    }
  }
  return std::move(*scenario);
}

/// What this machine lacks; a failure, not a wrong usage.
void check_machine(const Options& options) {
  if (::geteuid() != 0) throw std::runtime_error("network namespaces need root; run it with sudo");
  if (::access("/dev/net/tun", R_OK | W_OK) != 0) {
    throw std::runtime_error(
        "/dev/net/tun is missing; modprobe tun, or give the container the device");
  }
  if (options.bare) return;
  for (const auto* program : {"musterd", "muster"}) {
    const auto path = (options.builds / program).string();
    if (::access(path.c_str(), X_OK) != 0) {
      throw std::runtime_error(path +
                               ": no such program; build it, or name its place with --builds");
    }
  }
}

void say_what_to_try(const Scenario& scenario, const Emulation& world, const Options& options,
                     const std::string& run, Timeline& timeline) {
  timeline.remark("\nIt keeps running; Ctrl-C ends it and removes everything.");
  if (!options.bare) timeline.remark(fmt::format("Type here: {}", console_help));
  timeline.remark("Try, in another terminal:");
  for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
    if (options.bare) {
      timeline.remark(fmt::format("  ip netns exec {} ip address            ({})",
                                  world.place(host).name(), scenario.hosts[host].name));
    } else if (host < 2 || host + 1 == scenario.hosts.size()) {
      timeline.remark(fmt::format("  {} peers --control {}", (options.builds / "muster").string(),
                                  world.files(host).control()));
    }
  }
  timeline.remark(fmt::format(
      "  ip netns exec {}-1 tcpdump -i mesh0 -n  (what is on the air at the first host)", run));
  if (!options.bare) timeline.remark(fmt::format("  tail -f {}", world.files(0).log().string()));
}

/// Typed lines become events. Without a terminal or pipe there is nobody to type.
void listen_to_console(const Scenario& scenario, Drill& drill, EventLoop& loop,
                       Timeline& timeline) {
  auto typed = std::make_shared<std::string>();
  loop.watch(STDIN_FILENO, [&scenario, &drill, &loop, &timeline, typed] {
    char buffer[1024];
    const auto got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return loop.forget(STDIN_FILENO);
    typed->append(buffer, static_cast<std::size_t>(got));
    for (auto end = typed->find('\n'); end != std::string::npos; end = typed->find('\n')) {
      const auto action = read_console_line(typed->substr(0, end), scenario);
      typed->erase(0, end + 1);
      if (action) {
        drill.act(*action);
      } else {
        timeline.remark(action.error().sentence);
      }
    }
  });
}

/// Prints the verdicts; true if all held.
bool tell(const Scenario& scenario, const nlohmann::json& report, const Measured& measured,
          const LiveMedium::Report& medium, Timeline& timeline) {
  bool held = measured.violations.empty() && measured.invalid.empty();
  const auto& frames = measured.frames;
  timeline.remark(
      fmt::format("\nOn the air: {} frames, {:.1f} MB; {} receptions lost. The medium was late by "
                  "{:.2f} ms on average, {:.2f} ms at p99.",
                  frames.sent, static_cast<double>(frames.bytes_on_air) / 1e6, frames.lost,
                  static_cast<double>(medium.lateness.mean.count()) / 1e6,
                  static_cast<double>(medium.lateness.p99.count()) / 1e6));
  for (const auto& verdict : judge(scenario, report)) {
    timeline.remark(fmt::format("  {}  {}", verdict.held ? "held  " : "FAILED", verdict.line));
    held = held && verdict.held;
  }
  for (const auto& sentence : measured.violations) timeline.remark("  FAILED  " + sentence);
  if (!measured.invalid.empty()) timeline.remark("INVALID: " + measured.invalid);
  return held;
}

class RunDirectory {
 public:
  explicit RunDirectory(const Options& options, const std::string& run)
      : path_(options.directory.empty() ? fs::temp_directory_path() / run : options.directory),
        ours_(options.directory.empty()) {
    fs::create_directories(path_);
    fs::permissions(path_, fs::perms::owner_all);
    // A Unix socket's name has 107 octets at most (sun_path).
    if (path_.string().size() > 60)
      throw BadUsage{
          fmt::format("{}: too long for sockets in it; give a shorter --dir", path_.string())};
    if (!ours_ && !fs::is_empty(path_))
      throw BadUsage{fmt::format("{}: it is not empty; give another --dir", path_.string())};
  }
  ~RunDirectory() {
    std::error_code ignored;
    if (ours_) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path scratch() const { return ours_ ? path_ : fs::path{}; }

 private:
  fs::path path_;
  bool ours_;
};

bool conduct(const Scenario& scenario, const std::string& sha256, const Options& options,
             const fs::path& directory, const std::string& run) {
  const auto seed = options.seed.value_or(scenario.seed);
  EventLoop loop;
  Timeline timeline(options.json_events);
  Drill drill(scenario,
              {options.builds, seed, !options.bare, options.phones == "baresip" && !options.bare},
              loop, timeline);
  Emulation world(
      scenario,
      {run, directory, options.builds, options.pcap, seed, !options.bare,
       options.phones == "baresip" && !options.bare},
      loop, [&](const std::string& user, const PhoneEvent& event) { drill.on_phone(user, event); });
  timeline.remark(fmt::format("{}: {} hosts, {:.0f} s", scenario.name, scenario.hosts.size(),
                              std::chrono::duration<double>(scenario.duration).count()));
  if (const auto prepared = world.prepare(); !prepared)
    throw std::runtime_error(prepared.error().sentence);
  // Before the medium's thread starts, so that signals are blocked there too; until here they end
  // us as usual, and the guard tidies up.
  const StopSignals signals(loop);
  if (const auto built = world.build(); !built) throw std::runtime_error(built.error().sentence);
  timeline.say(monotonic_now(), "built",
               fmt::format("{} hosts on the air, namespaces {}-1 to {}-{}", scenario.hosts.size(),
                           run, run, scenario.hosts.size()),
               {{"run", run}, {"hosts", scenario.hosts.size()}});
  drill.run(world);
  if (!options.keep) world.stop_phones();
  const auto measured = drill.measured();
  auto report = report_of(scenario, sha256, seed, measured);
  report["params"] = params_of(options.scenario, options.overrides);
  report["medium"] = medium_quality(drill.medium());
  report["events_late_max_ms"] =
      std::chrono::duration<double, std::milli>(drill.events_late()).count();
  bool held = tell(scenario, report, measured, drill.medium(), timeline);
  if (!drill.finished()) timeline.remark("interrupted before the end");
  if (!options.out.empty()) append_run_line(options.out, report);
  if (options.keep && !signals.came()) {
    say_what_to_try(scenario, world, options, run, timeline);
    if (!options.bare) listen_to_console(scenario, drill, loop, timeline);
    loop.run();
  }
  return held && drill.finished();
}

}  // namespace

int emulate_command(const std::vector<std::string>& arguments) {
  return run_verb("muster emulate", [&] {
    const auto options = parse(arguments);
    if (!options) return 0;
    const auto text = read_scenario_file(options->scenario);
    const auto scenario = load(*options, text);
    check_machine(*options);
    remove_stale_runs();
    const auto run = run_name();
    const RunDirectory directory(*options, run);
    CrashGuard guard(run, directory.scratch());
    const bool held = conduct(scenario, scenario_sha256(text, scenario, options->scenario),
                              *options, directory.path(), run);
    guard.disarm();
    return held ? 0 : 1;
  });
}

}  // namespace muster::sim
