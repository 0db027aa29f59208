// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_reader.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "core/base/one_line.hpp"
#include "sim/checked_table.hpp"
#include "sim/event_reader.hpp"
#include "sim/host_reader.hpp"
#include "sim/medium_reader.hpp"
#include "sim/metric_names.hpp"
#include "sim/swarm_reader.hpp"

namespace muster::sim {
namespace {

constexpr double any = 1e18;

/// Puts the override into `root`, making tables on the way as needed.
bool apply(toml::table& root, const Override& change) {
  toml::table* table = &root;
  std::string_view rest = change.key;
  for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    const auto name = rest.substr(0, dot);
    rest.remove_prefix(dot + 1);
    if (!table->contains(name)) table->insert(name, toml::table{});
    table = table->get(name)->as_table();
    if (table == nullptr) return false;
  }
  if (rest.empty()) return false;
  const auto source = std::string_view{"--set"};
  toml::table parsed;
  try {
    parsed = toml::parse("value = " + change.value, source);
  } catch (const toml::parse_error&) {
    parsed.insert("value", change.value);
  }
  const auto* value = parsed.get("value");
  value->visit([&](const auto& node) { table->insert_or_assign(rest, node); });
  return true;
}

void read_head(CheckedTable table, Scenario& scenario) {
  table.require("name", "give the scenario a short name");
  table.require("duration", "say how long it runs, for example duration = \"10m\"");
  scenario.name = table.string("name").value_or("");
  scenario.duration = table.quantity("duration", parse_duration, "180s").value_or(Duration{});
  scenario.warmup = table.quantity("warmup", parse_duration, "0s").value_or(Duration{});
  scenario.seed = static_cast<std::uint64_t>(table.whole("seed", 0, INT64_MAX).value_or(1));
  if (scenario.duration <= Duration{})
    table.report("duration", "it is not above zero", "give for example \"10m\"");
  if (scenario.warmup < Duration{} || scenario.warmup > scenario.duration) {
    table.report("warmup", "it does not lie within the duration", "make it shorter");
  }
  table.finish();
}

void read_overlay(CheckedTable table, OverlaySpec& overlay) {
  if (const auto v = table.whole("replicate_to_all_bytes_max", 0, INT64_MAX)) {
    overlay.replicate_to_all_bytes_max = static_cast<std::uint64_t>(*v);
  }
  if (const auto v = table.whole("k", 1, 1000)) overlay.k = static_cast<std::uint32_t>(*v);
  if (const auto v = table.whole("alpha", 1, 100)) overlay.alpha = static_cast<std::uint32_t>(*v);
  overlay.roster_provisioned = table.choice("roster", {"provisioned", "learned"}).value_or(0) == 0;
  table.finish();
}

void read_security(CheckedTable table, Scenario& scenario) {
  scenario.crypto_modelled = table.choice("crypto", {"real", "modelled"}).value_or(0) == 1;
  table.finish();
}

void read_expectation(CheckedTable table, Scenario& scenario) {
  Expectation expectation;
  table.require("metric", "name the metric, for example metric = \"calls.success_ratio\"");
  expectation.metric = table.string("metric").value_or("");
  if (!expectation.metric.empty() && !is_metric(expectation.metric)) {
    table.report("metric", fmt::format("there is no metric \"{}\"", expectation.metric),
                 "the metrics are listed in docs/DRILLS.md");
  }
  unsigned comparisons = 0;
  const auto one = [&](std::string_view key, Comparison comparison) {
    if (!table.has(key)) return;
    ++comparisons;
    expectation.comparison = comparison;
    expectation.value = table.number(key, -any, any).value_or(0);
  };
  one("at_least", Comparison::at_least);
  one("at_most", Comparison::at_most);
  one("equals", Comparison::equals);
  table.finish();
  if (comparisons != 1) {
    table.report("metric", "exactly one of at_least, at_most, equals is wanted beside it",
                 "add or remove one");
  }
  scenario.expectations.push_back(std::move(expectation));
}

std::string as_toml(const toml::table& table) {
  std::ostringstream text;
  text << table;
  return text.str();
}

/// What is quoted from the file may have line breaks and worse in it.
std::string one_line(std::string sentence) {
  for (auto& c : sentence) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return sentence;
}

Scenario read_root(CheckedTable root, const ScenarioLimits& limits) {
  Scenario scenario;
  auto& faults = root.faults();
  const toml::table nothing;
  const auto section = [&](std::string_view name) {
    const auto* table = root.table(name);
    return CheckedTable(table != nullptr ? *table : nothing, std::string(name), faults);
  };
  if (!root.has("scenario"))
    root.report("scenario", "the table is missing", "begin the file with [scenario]");
  read_head(section("scenario"), scenario);
  read_medium(section("medium"), scenario.medium);
  read_hosts(section("hosts"), root.tables("host"), limits, scenario);
  for (const auto* link : root.tables("link"))
    read_link(CheckedTable(*link, "link", faults), scenario);
  read_overlay(section("overlay"), scenario.overlay);
  read_security(section("security"), scenario);
  if (const auto* node = root.table("node")) scenario.node_settings = as_toml(*node);
  read_workload(section("workload"), scenario);
  const auto events = root.tables("event");
  read_swarm(section("swarm"), events.size(), scenario);
  for (std::uint32_t number = 1; number <= events.size(); ++number) {
    const auto& omitted = scenario.swarm.omit_events;
    if (std::find(omitted.begin(), omitted.end(), number) == omitted.end())
      read_event(CheckedTable(*events[number - 1], "event", faults), scenario);
  }
  for (const auto* expect : root.tables("expect"))
    read_expectation(CheckedTable(*expect, "expect", faults), scenario);
  std::stable_sort(scenario.events.begin(), scenario.events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  root.finish();
  return scenario;
}

}  // namespace

std::optional<HostIndex> Scenario::host_of_user(const std::string& user) const {
  for (HostIndex index = 0; index < hosts.size(); ++index) {
    for (const auto& other : hosts[index].users) {
      if (other == user) return index;
    }
  }
  return std::nullopt;
}

Result<Scenario> read_scenario(std::string_view text, std::string_view file,
                               const std::vector<Override>& overrides,
                               const ScenarioLimits& limits) {
  if (text.size() > limits.text_bytes_max) {
    return fail(
        fmt::format("{}: larger than {} bytes; is this a scenario?", file, limits.text_bytes_max));
  }
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return fail(one_line(fmt::format("{}:{}: {}; see toml.io for the syntax", file,
                                     error.source().begin.line, error.description())));
  }
  for (const auto& change : overrides) {
    if (!apply(root, change)) {
      return fail(fmt::format("--set {}={}: there is no such place; give table.key=value",
                              change.key, change.value));
    }
  }
  FirstFault faults{.fault = {}, .file = std::string(file)};
  auto scenario = read_root(CheckedTable(root, "", faults), limits);
  if (faults.fault) return fail(one_line(faults.fault->sentence));
  return scenario;
}

}  // namespace muster::sim
