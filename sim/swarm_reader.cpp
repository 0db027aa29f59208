// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace muster::sim {
namespace {

/// In the order of FaultKind.
constexpr std::array<std::string_view, 5> fault_words = {"kill", "partition", "loss", "clock",
                                                         "disk"};

constexpr std::int64_t faults_most = 1000;

std::vector<FaultKind> read_kinds(CheckedTable& table) {
  std::vector<FaultKind> kinds;
  const auto* list = table.array("faults");
  if (list == nullptr) return kinds;
  for (const auto& node : *list) {
    const auto word = node.value_exact<std::string>().value_or("");
    const auto* const found = std::find(fault_words.begin(), fault_words.end(), word);
    if (found == fault_words.end()) {
      table.report("faults", fmt::format("there is no kind of fault \"{}\"", word),
                   fmt::format("use {}", fmt::join(fault_words, ", ")));
      return kinds;
    }
    const auto kind = static_cast<FaultKind>(found - fault_words.begin());
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
      table.report("faults", fmt::format("{} is named twice", word), "name it once");
    }
    kinds.push_back(kind);
  }
  return kinds;
}

/// Whole numbers from 1 to `most`; nothing if there is no such key.
std::optional<std::vector<std::uint32_t>> read_numbers(CheckedTable& table, std::string_view key,
                                                       std::int64_t most, std::string_view what) {
  const auto* list = table.array(key);
  if (list == nullptr) return std::nullopt;
  std::vector<std::uint32_t> numbers;
  for (const auto& node : *list) {
    const auto number = node.value_exact<std::int64_t>().value_or(0);
    if (number < 1 || number > most) {
      table.report(key, fmt::format("one of these is not the number of {}", what),
                   fmt::format("they are counted from 1 to {}", most));
      break;
    }
    numbers.push_back(static_cast<std::uint32_t>(number));
  }
  return numbers;
}

}  // namespace

void read_swarm(CheckedTable table, std::size_t events, Scenario& scenario) {
  auto& swarm = scenario.swarm;
  swarm.faults = read_kinds(table);
  swarm.faults_max = static_cast<std::uint32_t>(
      table.whole("faults_max", 0, faults_most).value_or(swarm.faults_max));
  swarm.start = table.quantity("start", parse_duration, "20s");
  swarm.stop = table.quantity("stop", parse_duration, "60s");
  swarm.loss_max = table.number("loss_max", 0, 1).value_or(swarm.loss_max);
  swarm.only = read_numbers(table, "only", faults_most, "a drawn fault");
  swarm.omit_events =
      read_numbers(table, "omit_events", static_cast<std::int64_t>(events), "an [[event]]")
          .value_or(std::vector<std::uint32_t>{});
  const auto start = swarm.start.value_or(scenario.workload.start);
  const auto stop = swarm.stop.value_or(scenario.workload.stop.value_or(scenario.duration));
  if (!swarm.faults.empty() && (start < Duration{} || stop <= start || stop > scenario.duration)) {
    table.report("faults", "the time between swarm.start and swarm.stop does not lie in the run",
                 "change start or stop");
  }
  table.finish();
}

}  // namespace muster::sim
