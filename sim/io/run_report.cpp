// SPDX-License-Identifier: Apache-2.0
#include "sim/io/run_report.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

#include "sim/io/build_commit.hpp"
#include "sim/io/run_lines.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;

constexpr Duration lateness_p99_max = std::chrono::milliseconds{5};
/// Scenarios say their times in seconds and expect within seconds.
constexpr Duration events_late_max = std::chrono::milliseconds{500};

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json latency(const Distribution& times) {
  if (times.empty()) return nullptr;
  return {{"p50", or_null(times.quantile_ms(0.50))},
          {"p95", or_null(times.quantile_ms(0.95))},
          {"p99", or_null(times.quantile_ms(0.99))},
          {"max", or_null(times.quantile_ms(1))}};
}

double milliseconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }

json calls(const Measured& measured) {
  const auto& totals = measured.calls;
  return {{"attempted", totals.attempted},
          {"established", totals.established},
          {"success_ratio", or_null(totals.success_ratio)},
          {"setup", latency(totals.setup)},
          {"ring", latency(totals.ring)},
          {"media_loss", or_null(totals.media_loss)},
          {"failures", measured.call_failures}};
}

json messages(const Measured& measured) {
  const auto& totals = measured.messages;
  const auto owed = totals.accepted > totals.delivered ? totals.accepted - totals.delivered : 0;
  return {
      {"sent", totals.sent},
      {"accepted", totals.accepted},
      {"delivered", totals.delivered},
      {"duplicates", totals.duplicates},
      {"out_of_order", totals.out_of_order},
      {"lost", measured.messages_lost.value_or(owed - std::min(owed, measured.messages_waiting))},
      {"delivery_ratio", or_null(totals.delivery_ratio)},
      {"latency", latency(totals.latency)},
      {"copies_each", nullptr}};
}

json lookups(const Measured& measured) {
  if (!measured.lookups) return nullptr;
  const auto& totals = *measured.lookups;
  return {{"attempted", totals.attempted},
          {"succeeded", totals.succeeded},
          {"false_negatives", totals.false_negatives},
          {"outdated", totals.outdated},
          {"absent", totals.absent},
          {"unknown", totals.unknown},
          {"success_ratio", or_null(totals.success_ratio)},
          {"latency", latency(totals.latency)},
          {"frames_each", or_null(totals.frames_each)},
          {"bytes_each", or_null(totals.bytes_each)}};
}

json bytes(const Measured& measured) {
  const auto on_air = measured.frames.bytes_on_air;
  json object{{"on_air", on_air},
              {"control", nullptr},
              {"routing", nullptr},
              {"payload", nullptr},
              {"payload_share", nullptr}};
  if (const auto& use = measured.use) {
    object["control"] = use->control;
    object["routing"] = use->routing;
    object["payload"] = use->payload;
    if (on_air > 0)
      object["payload_share"] = static_cast<double>(use->payload) / static_cast<double>(on_air);
  }
  return object;
}

json traffic(const Measured& measured) {
  if (!measured.traffic) return nullptr;
  json object = json::object();
  for (std::size_t i = 0; i < TrafficBook::whats; ++i) {
    const auto& each = (*measured.traffic)[i];
    object[std::string{TrafficBook::names[i]}] = {{"frames", each.frames}, {"bytes", each.bytes}};
  }
  return object;
}

json control_rate(const Measured& measured, std::size_t hosts) {
  if (!measured.use || hosts == 0 || measured.counted_s <= 0) return nullptr;
  return static_cast<double>(measured.use->control) / static_cast<double>(hosts) /
         measured.counted_s;
}

json airtime(const Measured& measured) {
  double busiest = 0;
  for (const auto time : measured.airtime) {
    busiest = std::max(busiest, milliseconds(time) / 1000 / std::max(measured.counted_s, 1e-9));
  }
  return {{"busy_ratio_max", busiest}, {"over_budget", measured.frames.over_budget}};
}

std::string_view words(Comparison comparison) {
  switch (comparison) {
    case Comparison::at_least:
      return "at least";
    case Comparison::at_most:
      return "at most";
    case Comparison::equals:
      break;
  }
  return "exactly";
}

bool holds(double value, const Expectation& expectation) {
  switch (expectation.comparison) {
    case Comparison::at_least:
      return value >= expectation.value;
    case Comparison::at_most:
      return value <= expectation.value;
    case Comparison::equals:
      break;
  }
  return value == expectation.value;
}

}  // namespace

json medium_quality(const LiveMedium::Report& medium) {
  return {{"late_mean_ms", milliseconds(medium.lateness.mean)},
          {"late_p99_ms", milliseconds(medium.lateness.p99)},
          {"late_max_ms", milliseconds(medium.lateness.max)},
          {"own_drops", medium.own_drops},
          {"raised_priority", medium.raised}};
}

std::string why_invalid(const LiveMedium::Report& medium, Duration events_late) {
  if (medium.lateness.p99 > lateness_p99_max) {
    return fmt::format(
        "the medium was late: 1 % of frames by more than {:.1f} ms; run it on a less busy machine",
        milliseconds(medium.lateness.p99));
  }
  if (medium.own_drops > 0) {
    return fmt::format("the medium dropped {} frames by itself; run it on a less busy machine",
                       medium.own_drops);
  }
  if (events_late > events_late_max) {
    return fmt::format("an event of the scenario came {:.1f} s late; run it on a less busy machine",
                       std::chrono::duration<double>(events_late).count());
  }
  if (medium.capture_failed) return "the capture could not be written; is the disk full?";
  return {};
}

json report_of(const Scenario& scenario, const std::string& scenario_sha256, std::uint64_t seed,
               const Measured& measured) {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto& counters = measured.frames;
  const double wall_s = std::max(measured.wall_s, 1e-9);
  json report{
      {"scenario", scenario.name},
      {"seed", seed},
      {"commit", build_commit()},
      {"scenario_sha256", scenario_sha256},
      {"world", measured.world},
      {"hosts", scenario.hosts.size()},
      {"virtual_s", measured.virtual_s},
      {"wall_s", measured.wall_s},
      {"speedup", measured.virtual_s / wall_s},
      {"events", measured.events},
      {"events_per_s", static_cast<double>(measured.events) / wall_s},
      {"peak_rss_bytes", static_cast<std::uint64_t>(own.ru_maxrss) * 1024},
      {"trace_sha256", measured.trace_sha256 ? json(*measured.trace_sha256) : json(nullptr)},
      {"lookups", lookups(measured)},
      {"calls", calls(measured)},
      {"messages", messages(measured)},
      {"frames",
       {{"sent", counters.sent},
        {"delivered", counters.delivered},
        {"lost_by_medium", counters.lost},
        {"out_of_reach", counters.out_of_reach},
        {"queue_full", counters.queue_full},
        {"too_large", counters.too_large}}},
      {"bytes", bytes(measured)},
      {"traffic", traffic(measured)},
      {"control_bytes_per_host_s", control_rate(measured, scenario.hosts.size())},
      {"airtime", airtime(measured)},
      {"convergence_s", or_null(measured.convergence_s)},
      {"first_convergence_s", or_null(measured.first_convergence_s)},
      {"reachable_90_s", or_null(measured.reachable_90_s)},
      {"invariants", {{"violations", measured.violations}}}};
  const auto verdicts = judge(scenario, report);
  const bool held = std::all_of(verdicts.begin(), verdicts.end(),
                                [](const auto& verdict) { return verdict.held; });
  auto expectations = json::array();
  for (const auto& verdict : verdicts)
    expectations.push_back({{"text", verdict.line}, {"held", verdict.held}});
  report["expectations"] = std::move(expectations);
  report["verdict"] = !measured.invalid.empty()             ? "invalid"
                      : held && measured.violations.empty() ? "passed"
                                                            : "failed";
  if (!measured.invalid.empty()) report["invalid"] = measured.invalid;
  return report;
}

std::vector<Verdict> judge(const Scenario& scenario, const json& report) {
  std::vector<Verdict> verdicts;
  for (const auto& expectation : scenario.expectations) {
    const auto value = number_at(report, expectation.metric);
    verdicts.push_back({fmt::format("{} = {}, {} {} wanted", expectation.metric,
                                    value ? fmt::format("{:g}", *value) : "not measured",
                                    words(expectation.comparison), expectation.value),
                        value && holds(*value, expectation)});
  }
  return verdicts;
}

}  // namespace muster::sim
