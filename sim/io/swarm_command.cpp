// SPDX-License-Identifier: Apache-2.0
#include "sim/io/swarm_command.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "sim/io/build_commit.hpp"
#include "sim/io/failure_signs.hpp"
#include "sim/io/run_lines.hpp"
#include "sim/io/seed_runs.hpp"
#include "sim/io/stop_signals.hpp"
#include "sim/io/verb_options.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto progress_interval = std::chrono::seconds{10};
constexpr auto progress_interval_terminal = std::chrono::milliseconds{500};
constexpr int exit_bad_usage = 2;

std::size_t processors() {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&ours), 1));
}

/// The members by which runs are told apart, for a run of this order.
json frame_of(const SwarmOrder& order, const std::string& name, const std::string& sha256) {
  auto params = params_of(order.scenario, order.overrides);
  params["seeds"] = order.seeds.text();
  return {{"scenario", name},
          {"scenario_sha256", sha256},
          {"commit", build_commit()},
          {"world", "simulated"},
          {"params", params}};
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

class Swarm {
 public:
  explicit Swarm(const SwarmOrder& order) : order_(order) {
    const auto text = read_scenario_file(order.scenario);
    auto scenario = read_scenario(text, order.scenario, order.overrides);
    if (!scenario) throw BadUsage{scenario.error().sentence};
    scenario_ = std::move(*scenario);
    frame_ = frame_of(order, scenario_.name, scenario_sha256(text, scenario_, order.scenario));
    terminal_ = ::isatty(STDERR_FILENO) == 1;
  }

  int run();

 private:
  void take_stock();
  [[nodiscard]] Command command(std::uint64_t seed) const;
  void on_ended(const SeedRuns::Ended& ended);
  [[nodiscard]] RunLine crashed(const SeedRuns::Ended& ended) const;
  void show_progress();
  [[nodiscard]] int tell(bool interrupted);

  const SwarmOrder& order_;
  Scenario scenario_;
  json frame_;
  EventLoop loop_;
  SeedRuns* runs_ = nullptr;
  std::map<std::uint64_t, RunLine> done_;
  std::vector<std::uint64_t> seeds_;
  std::size_t before_ = 0;  ///< of `done_`, found in the file
  std::string refused_;     ///< what a run said of wrong usage
  bool terminal_ = false;
  Clock::time_point started_ = Clock::now();
};

/// Reads what earlier runs have left in the file; a run that died is done again.
void Swarm::take_stock() {
  seeds_ = seeds_of(order_.seeds, order_.shard);
  if (order_.out.empty() || !std::filesystem::exists(order_.out)) return;
  const auto lines = read_run_lines(order_.out);
  if (!lines) throw BadUsage{lines.error().sentence};
  for (const auto& sentence : lines->damaged) fmt::print(stderr, "{}\n", sentence);
  for (const auto& line : lines->lines) {
    const auto what = difference(identity_of(line.report), identity_of(frame_));
    if (!what.empty()) {
      throw BadUsage{fmt::format("{}: the run there is of another kind: {}; give another --out",
                                 line.place, what)};
    }
    if (line.finished() && std::binary_search(seeds_.begin(), seeds_.end(), line.seed))
      done_.insert_or_assign(line.seed, line);
  }
  before_ = done_.size();
}

Command Swarm::command(std::uint64_t seed) const {
  Command command{order_.program};
  auto& words = command.arguments;
  words.push_back(order_.scenario);
  words.insert(words.end(), {"--seed", std::to_string(seed), "--json", "--quiet"});
  for (const auto& change : order_.overrides) {
    words.insert(words.end(), {"--set", fmt::format("{}={}", change.key, change.value)});
  }
  return command;
}

RunLine Swarm::crashed(const SeedRuns::Ended& ended) const {
  auto report = frame_;
  report["seed"] = ended.seed;
  report["verdict"] = "crashed";
  report["exit_code"] = ended.exit_code;
  report["why"] = ended.exit_code > 128 ? fmt::format("killed by signal {}", ended.exit_code - 128)
                                        : last_line(ended.output);
  return {order_.out.string(), ended.seed, std::move(report)};
}

void Swarm::on_ended(const SeedRuns::Ended& ended) {
  if (ended.exit_code == exit_bad_usage) {
    refused_ = last_line(ended.output);
    runs_->cancel();
    return;
  }
  auto printed = report_in(ended.output);
  const bool whole = printed && ended.exit_code <= 1 && printed->report["seed"] == ended.seed;
  auto line =
      whole ? RunLine{order_.out.string(), ended.seed, std::move(printed->report)} : crashed(ended);
  line.report["params"] = frame_["params"];
  if (!order_.out.empty()) append_run_line(order_.out, line.report);
  const bool passed = line.passed();
  const auto why = line.finished()
                       ? fmt::format("{}", fmt::join(failure_signs(scenario_, line.report), "; "))
                       : line.report.value("why", "");
  done_.insert_or_assign(ended.seed, std::move(line));
  if (!passed)
    fmt::print(stderr, "{}seed {} failed: {}\n", terminal_ ? "\r\033[K" : "", ended.seed, why);
}

void Swarm::show_progress() {
  const auto fresh = done_.size() - before_;
  const auto failed = std::count_if(done_.begin(), done_.end(),
                                    [](const auto& entry) { return !entry.second.passed(); });
  const auto passed_s = std::chrono::duration<double>(Clock::now() - started_).count();
  const auto left = seeds_.size() - done_.size();
  std::string rest;
  if (fresh > 0)
    rest = fmt::format("; {:.0f} s left",
                       passed_s / static_cast<double>(fresh) * static_cast<double>(left));
  fmt::print(stderr, "{}{} of {} done, {} failed, {} running{}{}", terminal_ ? "\r\033[K" : "",
             done_.size(), seeds_.size(), failed, runs_->running(), rest, terminal_ ? "" : "\n");
  std::fflush(stderr);
  loop_.after(terminal_ ? Duration{progress_interval_terminal} : Duration{progress_interval},
              [this] { show_progress(); });
}

int Swarm::tell(bool interrupted) {
  std::vector<std::uint64_t> failed;
  std::vector<std::uint64_t> missing;
  for (const auto seed : seeds_) {
    const auto found = done_.find(seed);
    if (found == done_.end()) {
      missing.push_back(seed);
    } else if (!found->second.passed()) {
      failed.push_back(seed);
    }
  }
  const auto passed = seeds_.size() - failed.size() - missing.size();
  if (order_.json) {
    const json summary{{"scenario", frame_["scenario"]},
                       {"runs", seeds_.size()},
                       {"found", before_},
                       {"passed", passed},
                       {"failed", failed},
                       {"missing", missing},
                       {"interrupted", interrupted}};
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print("{}: {} runs: {} passed, {} failed, {} missing; {} of them were there before\n",
               frame_["scenario"].get<std::string>(), seeds_.size(), passed, failed.size(),
               missing.size(), before_);
    if (!failed.empty()) fmt::print("failed: seeds {}\n", seeds_text(failed));
    if (!failed.empty() && !order_.out.empty())
      fmt::print("see one again: muster sim repro {}\n", order_.out.string());
    if (!missing.empty())
      fmt::print("missing: seeds {}; the same command goes on with them\n", seeds_text(missing));
  }
  return failed.empty() && missing.empty() ? 0 : 1;
}

int Swarm::run() {
  take_stock();
  std::vector<std::uint64_t> missing;
  std::copy_if(seeds_.begin(), seeds_.end(), std::back_inserter(missing),
               [this](std::uint64_t seed) { return !done_.contains(seed); });
  const StopSignals signals(loop_);
  SeedRuns runs(loop_,
                {std::move(missing), order_.jobs == 0 ? processors() : order_.jobs,
                 [this](std::uint64_t seed) { return command(seed); }},
                [this](const SeedRuns::Ended& ended) { on_ended(ended); });
  runs_ = &runs;
  runs.start();
  loop_.after(progress_interval_terminal, [this] {
    if (terminal_) show_progress();
  });
  if (!terminal_) loop_.after(progress_interval, [this] { show_progress(); });
  loop_.run();
  runs.cancel();
  if (terminal_) fmt::print(stderr, "\r\033[K");
  if (!refused_.empty()) throw BadUsage{refused_};
  return tell(signals.came());
}

}  // namespace

int run_swarm(const SwarmOrder& order) { return Swarm(order).run(); }

json params_of(const std::string& scenario, const std::vector<Override>& overrides) {
  auto set = json::array();
  for (const auto& change : overrides)
    set.push_back(fmt::format("{}={}", change.key, change.value));
  return {{"scenario_file", scenario}, {"set", set}};
}

}  // namespace muster::sim
