// SPDX-License-Identifier: Apache-2.0
#include "sim/io/run_command.hpp"

#include <cstdio>
#include <memory>
#include <optional>

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "node/io/settings_file.hpp"
#include "sim/io/event_loop.hpp"
#include "sim/io/note_file.hpp"
#include "sim/io/pcap_tap.hpp"
#include "sim/io/provisioning.hpp"
#include "sim/io/recording_file.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/run_report.hpp"
#include "sim/io/scenario_file.hpp"
#include "sim/io/swarm_command.hpp"
#include "sim/io/verb_options.hpp"
#include "sim/simulation.hpp"
#include "sim/swarm_faults.hpp"

namespace muster::sim {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// Between two looks at the clock.
constexpr std::uint64_t events_at_once = 2000;
constexpr Duration progress_period = std::chrono::milliseconds{500};

struct Options {
  std::string scenario;
  std::optional<std::uint64_t> seed;
  std::vector<Override> overrides;
  fs::path out;
  bool json = false;
  bool progress = false;
  fs::path timeline;
  fs::path pcap;
  fs::path log;
  std::optional<SwarmOrder> swarm;  ///< many seeds instead of one
};

po::options_description described() {
  po::options_description options("options");
  options.add_options()("scenario", po::value<std::string>(),
                        "the scenario (also without the option's name)")(
      "seed", po::value<std::uint64_t>(), "instead of the scenario's")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: change one value of the scenario, for example hosts.count=6")(
      "out", po::value<std::string>(), "FILE: append the run's figures as one line of JSON")(
      "json", "print that line instead of text")("quiet",
                                                 "no progress line, not even on a terminal")(
      "timeline", po::value<std::string>(), "FILE: what happened when, for muster sim report")(
      "log", po::value<std::string>(), "FILE: what the nodes would write to their logs")(
      "pcap", po::value<std::string>(),
      "FILE: every frame on the medium in libpcap format, as UDP over IPv4 over Ethernet")(
      "seeds", po::value<std::string>(),
      "A:B: a run for each seed from A to B - 1, in processes of their own; those whose runs stand "
      "in the --out file already are left out")(
      "shard", po::value<std::string>(), "I/N: only every N-th of these seeds, from the I-th on")(
      "jobs", po::value<std::size_t>(), "J: processes at a time; default: one for each processor");
  return options;
}

/// Nothing if one run is wanted.
std::optional<SwarmOrder> swarm_of(const po::variables_map& given, const Options& options) {
  if (!given.contains("seeds")) {
    for (const auto* name : {"shard", "jobs"}) {
      if (given.contains(name)) throw BadUsage{fmt::format("--{} is for --seeds A:B", name)};
    }
    return std::nullopt;
  }
  for (const auto* name : {"timeline", "pcap", "log"}) {
    if (given.contains(name))
      throw BadUsage{fmt::format("--{} is for one run, not for --seeds", name)};
  }
  if (options.seed) throw BadUsage{"--seed and --seeds: give one of them"};
  SwarmOrder order{options.scenario, options.overrides, {}, {}, 0, options.out, options.json, {}};
  const auto seeds = given["seeds"].as<std::string>();
  const auto range = parse_seed_range(seeds);
  if (!range) throw BadUsage{fmt::format("--seeds {}: write A:B with A below B, as 0:1000", seeds)};
  order.seeds = *range;
  if (given.contains("shard")) {
    const auto text = given["shard"].as<std::string>();
    const auto shard = parse_shard(text);
    if (!shard)
      throw BadUsage{fmt::format("--shard {}: write I/N with I from 0 to N - 1, as 3/16", text)};
    order.shard = *shard;
  }
  if (given.contains("jobs")) order.jobs = given["jobs"].as<std::size_t>();
  if (given.contains("jobs") && order.jobs == 0) throw BadUsage{"--jobs 0: give at least 1"};
  order.program = {own_program(), "run"};
  return order;
}

/// Nothing if only help was wanted.
std::optional<Options> parse(const std::vector<std::string>& arguments) {
  const auto words = parse_verb(
      arguments,
      {.usage = "run SCENARIO [option...]", .options = described(), .positions = {"scenario"}});
  if (!words) return std::nullopt;
  const auto& given = *words;
  if (!given.contains("scenario")) throw BadUsage{"no scenario given; sim/scenarios/ has some"};
  Options result;
  result.scenario = given["scenario"].as<std::string>();
  if (given.contains("seed")) result.seed = given["seed"].as<std::uint64_t>();
  result.overrides = overrides_in(given);
  if (given.contains("out")) result.out = fs::absolute(given["out"].as<std::string>());
  result.json = given.contains("json");
  result.progress = !given.contains("quiet") && ::isatty(STDERR_FILENO) == 1;
  if (given.contains("timeline"))
    result.timeline = fs::absolute(given["timeline"].as<std::string>());
  if (given.contains("log")) result.log = fs::absolute(given["log"].as<std::string>());
  if (given.contains("pcap")) result.pcap = fs::absolute(given["pcap"].as<std::string>());
  result.swarm = swarm_of(given, result);
  return result;
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

/// One line on a terminal, written over again and again.
class Progress {
 public:
  Progress(bool wanted, Duration whole) : wanted_(wanted), whole_(whole) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }
  void show(const Simulation& simulation, Duration wall) {
    if (!wanted_ || wall < next_) return;
    next_ = wall + progress_period;
    shown_ = true;
    const double speed = seconds(simulation.elapsed()) / seconds(wall);
    const double left = seconds(whole_ - simulation.elapsed()) / std::max(speed, 1e-9);
    fmt::print(stderr,
               "\r\x1b[K{:.1f} of {:.0f} s, {:.1f} times real time, {:.0f} events/s, {:.0f} s left",
               seconds(simulation.elapsed()), seconds(whole_), speed,
               static_cast<double>(simulation.events()) / seconds(wall), left);
    std::fflush(stderr);
  }

 private:
  bool wanted_;
  Duration whole_;
  Duration next_{progress_period};
  bool shown_ = false;
};

node::Settings settings_of(const Scenario& scenario, const std::string& file) {
  // Nothing is written there: the simulated nodes have their disks in memory. And their link says
  // itself how much it carries, be it less than an IP network must.
  auto described = scenario;
  described.medium.mtu_bytes = MediumSpec{}.mtu_bytes;
  const auto text = configuration_text(HostFiles{"/nonexistent"}, described);
  auto settings = node::parse_settings(text, file + ": [node]");
  if (!settings) throw BadUsage{settings.error().sentence};
  return std::move(*settings);
}

void tell(const Scenario& scenario, const nlohmann::json& report, const Measured& measured) {
  fmt::print("{}: {} hosts, {:.0f} s in {:.1f} s, {} events, trace {}\n", scenario.name,
             scenario.hosts.size(), measured.virtual_s, measured.wall_s, measured.events,
             measured.trace_sha256.value_or("").substr(0, 16));
  fmt::print("calls: {} of {} established; messages: {} of {} delivered; frames: {} sent\n",
             measured.calls.established, measured.calls.attempted, measured.messages.delivered,
             measured.messages.sent, measured.frames.sent);
  for (const auto& verdict : judge(scenario, report)) {
    fmt::print("  {}  {}\n", verdict.held ? "held  " : "FAILED", verdict.line);
  }
  for (const auto& sentence : measured.call_failures) fmt::print("  failed call, {}\n", sentence);
  for (const auto& sentence : measured.violations) fmt::print("  FAILED  {}\n", sentence);
}

/// Who looks on, as far as wanted.
struct Witnesses {
  std::unique_ptr<RecordingFile> recording;
  std::unique_ptr<PcapTap> tap;
  std::unique_ptr<NoteFile> notes;

  void finish(const nlohmann::json& report, const Options& options) const {
    if (recording != nullptr) recording->finish(report);
    if (tap != nullptr && !tap->finish())
      throw std::runtime_error(fmt::format("{}: it could not be written whole; is the disk full?",
                                           options.pcap.string()));
    if (notes != nullptr && !notes->finish())
      throw std::runtime_error(fmt::format("{}: it could not be written whole; is the disk full?",
                                           options.log.string()));
  }
};

Witnesses witnesses_of(const Options& options, const Scenario& scenario, std::uint64_t seed) {
  Witnesses witnesses;
  if (!options.timeline.empty()) {
    if (scenario.hosts.size() > RecordingFile::hosts_max)
      throw BadUsage{
          fmt::format("--timeline: {} hosts are more than a page can show; {} are the most",
                      scenario.hosts.size(), RecordingFile::hosts_max)};
    witnesses.recording = std::make_unique<RecordingFile>(options.timeline, scenario, seed);
  }
  if (!options.pcap.empty()) {
    auto file = PcapFile::create(options.pcap);
    if (!file) throw BadUsage{file.error().sentence};
    witnesses.tap = std::make_unique<PcapTap>(std::move(*file));
  }
  if (!options.log.empty()) {
    auto file = NoteFile::create(options.log, scenario);
    if (!file) throw BadUsage{file.error().sentence};
    witnesses.notes = std::make_unique<NoteFile>(std::move(*file));
  }
  return witnesses;
}

bool run(const Options& options) {
  const auto text = read_scenario_file(options.scenario);
  auto scenario = read_scenario(text, options.scenario, options.overrides);
  if (!scenario) throw BadUsage{scenario.error().sentence};
  load_trace(*scenario, options.scenario);
  const auto seed = options.seed.value_or(scenario->seed);
  draw_faults(*scenario, seed);
  const auto started = monotonic_now();
  auto witnesses = witnesses_of(options, *scenario, seed);
  const auto simulation = Simulation::make(
      *scenario, {seed, settings_of(*scenario, options.scenario), witnesses.recording.get(),
                  witnesses.tap.get(), witnesses.notes.get()});
  if (!simulation)
    throw BadUsage{fmt::format("{}: {}", options.scenario, simulation.error().sentence)};
  {
    Progress progress(options.progress, scenario->duration);
    while ((*simulation)->run(events_at_once))
      progress.show(**simulation, monotonic_now() - started);
  }
  auto measured = (*simulation)->measured();
  measured.wall_s = seconds(monotonic_now() - started);
  auto report =
      report_of(*scenario, scenario_sha256(text, *scenario, options.scenario), seed, measured);
  report["params"] = params_of(options.scenario, options.overrides);
  if (!options.timeline.empty()) report["timeline"] = options.timeline.string();
  witnesses.finish(report, options);
  if (options.json) {
    fmt::print("{}\n", report.dump());
  } else {
    tell(*scenario, report, measured);
  }
  if (!options.out.empty()) append_run_line(options.out, report);
  return report["verdict"] == "passed";
}

}  // namespace

int run_command(const std::vector<std::string>& arguments) {
  return run_verb("muster sim run", [&] {
    const auto options = parse(arguments);
    if (options && options->swarm) return run_swarm(*options->swarm);
    return !options || run(*options) ? 0 : 1;
  });
}

}  // namespace muster::sim
