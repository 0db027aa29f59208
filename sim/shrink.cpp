// SPDX-License-Identifier: Apache-2.0
#include "sim/shrink.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "sim/delta_debugging.hpp"
#include "sim/swarm_faults.hpp"

namespace muster::sim {
namespace {

constexpr unsigned rounds_max = 4;  // each part may make room for others

std::vector<std::uint32_t> numbers_to(std::size_t count) {
  std::vector<std::uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 1U);
  return numbers;
}

std::string list_text(const std::vector<std::uint32_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

std::uint64_t whole_seconds(Duration time) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, std::uint64_t seed, std::vector<Override> overrides,
           const FailsWith& fails_with, const ShrinkLimits& limits)
      : given_(std::move(overrides)), fails_with_(fails_with), limits_(limits) {
    const auto& swarm = scenario.swarm;
    faults_ = swarm.only.value_or(numbers_to(drawn_faults(scenario, seed)));
    events_count_ = scenario.events.size() + swarm.omit_events.size();
    for (const auto event : numbers_to(events_count_)) {
      if (std::find(swarm.omit_events.begin(), swarm.omit_events.end(), event) ==
          swarm.omit_events.end())
        events_.push_back(event);
    }
    has_faults_ = !swarm.faults.empty();
    const auto& work = scenario.workload;
    add_load("workload.lookups", work.lookups);
    add_load("workload.messages", work.messages);
    add_load("workload.calls", work.calls);
    numbers_.push_back({"hosts.count", 1, scenario.hosts.size()});
    numbers_.push_back({"hosts.users_per_host", 1, most_users(scenario)});
    duration_s_ = whole_seconds(scenario.duration);
    stop_ = work.stop;
  }

  Shrunk result() {
    for (unsigned round = 0; round < rounds_max && go_round(); ++round) {
    }
    return {with({}), attempts_, attempts_ >= limits_.attempts_max};
  }

 private:
  struct Number {
    std::string key;
    std::uint64_t least;
    std::uint64_t now;
  };
  using Changes = std::map<std::string, std::string>;

  static std::size_t most_users(const Scenario& scenario) {
    std::size_t most = 1;
    for (const auto& host : scenario.hosts) most = std::max(most, host.users.size());
    return most;
  }

  void add_load(const std::string& key, const std::optional<Load>& load) {
    if (!load) return;
    if (load->total) numbers_.push_back({key + ".total", 0, *load->total});
    if (load->per_host_minute) rates_.push_back(key + ".per_host_minute");
    if (load->per_host_hour) rates_.push_back(key + ".per_host_hour");
  }

  /// The values given, those found so far, and these.
  [[nodiscard]] std::vector<Override> with(const Changes& changes) const {
    auto found = found_;
    for (const auto& [key, value] : changes) found[key] = value;
    std::vector<Override> all;
    for (const auto& change : given_) {
      if (!found.contains(change.key)) all.push_back(change);
    }
    for (const auto& [key, value] : found) all.push_back({key, value});
    return all;
  }

  /// Keeps the changes if it still fails with them.
  bool keep(const Changes& changes) {
    auto all = found_;
    for (const auto& [key, value] : changes) all[key] = value;
    if (attempts_ >= limits_.attempts_max || !tried_.insert(all).second) return false;
    ++attempts_;
    if (!fails_with_(with(changes))) return false;
    found_ = std::move(all);
    return true;
  }

  bool keep_faults(const std::vector<std::uint32_t>& faults) {
    if (faults.empty()) return keep({{"swarm.faults", "[]"}});
    return keep({{"swarm.only", list_text(faults)}});
  }

  bool keep_events(const std::vector<std::uint32_t>& events) {
    std::vector<std::uint32_t> omitted;
    for (const auto event : numbers_to(events_count_)) {
      if (!std::binary_search(events.begin(), events.end(), event)) omitted.push_back(event);
    }
    return keep({{"swarm.omit_events", list_text(omitted)}});
  }

  bool keep_duration(std::uint64_t seconds) {
    Changes changes{{"scenario.duration", fmt::format("{}s", seconds)}};
    if (stop_ && whole_seconds(*stop_) > seconds)
      changes["workload.stop"] = fmt::format("{}s", seconds);
    return keep(changes);
  }

  void drop_rates() {
    std::erase_if(rates_, [this](const std::string& key) { return keep({{key, "0"}}); });
  }

  void lower(Number& number) {
    if (number.now <= number.least) return;
    number.now = least_number(number.least, number.now, [&](std::uint64_t value) {
      return keep({{number.key, std::to_string(value)}});
    });
  }

  /// True if something was found.
  bool go_round() {
    const auto before = found_;
    if (has_faults_) {
      faults_ = fewest_parts(std::move(faults_), [this](const auto& f) { return keep_faults(f); });
      has_faults_ = !faults_.empty();
    }
    events_ = fewest_parts(std::move(events_), [this](const auto& e) { return keep_events(e); });
    drop_rates();
    for (auto& number : numbers_) lower(number);
    duration_s_ = least_number(1, duration_s_, [this](auto value) { return keep_duration(value); });
    return found_ != before && attempts_ < limits_.attempts_max;
  }

  std::vector<Override> given_;
  const FailsWith& fails_with_;
  ShrinkLimits limits_;
  std::vector<std::uint32_t> faults_;
  std::vector<std::uint32_t> events_;
  std::size_t events_count_ = 0;
  std::vector<Number> numbers_;
  std::vector<std::string> rates_;
  std::uint64_t duration_s_ = 0;
  std::optional<Duration> stop_;
  bool has_faults_ = false;
  Changes found_;
  std::set<Changes> tried_;
  unsigned attempts_ = 0;
};

}  // namespace

Shrunk shrink(const Scenario& scenario, std::uint64_t seed, std::vector<Override> overrides,
              const FailsWith& fails_with, const ShrinkLimits& limits) {
  return Shrinker(scenario, seed, std::move(overrides), fails_with, limits).result();
}

}  // namespace muster::sim
