// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm_faults.hpp"

#include <algorithm>
#include <set>

#include "core/base/seeded_random.hpp"

namespace muster::sim {
namespace {

// Ours. Apart from the seeds of other streams.
constexpr std::uint64_t stream = 0x73'77'61'72'6d;
constexpr Duration clock_offset_max = std::chrono::hours{24 * 365 * 2};
constexpr double loss_min = 0.05;

/// What chance decided about one fault, before it is known which hosts there are. Always the same
/// count of draws, so that faults stay what they are when others are left out.
struct Draw {
  FaultKind kind;
  double begins;  ///< all four in [0, 1)
  double lasts;
  double size;
  double place;
  std::uint64_t seed;
};

std::vector<FaultKind> subset(const std::vector<FaultKind>& kinds, SeededRandom& random) {
  std::vector<FaultKind> chosen;
  for (const auto kind : kinds) {
    if (random.below(2) == 1) chosen.push_back(kind);
  }
  return chosen;
}

std::vector<Draw> draws(const SwarmSpec& swarm, std::uint64_t seed) {
  SeededRandom random(seed ^ stream);
  const auto kinds = subset(swarm.faults, random);
  const auto count = swarm.faults_max == 0 ? 0 : 1 + random.below(swarm.faults_max);
  std::vector<Draw> all;
  if (kinds.empty()) return all;
  for (std::uint64_t number = 0; number < count; ++number) {
    const auto kind = kinds[random.below(kinds.size())];
    const auto begins = random.unit();
    const auto lasts = random.unit();
    const auto size = random.unit();
    const auto place = random.unit();
    all.push_back({kind, begins, lasts, size, place, random.next()});
  }
  return all;
}

/// From 1 to `most` different hosts.
std::vector<HostIndex> some_hosts(const Draw& draw, std::size_t hosts, std::size_t most) {
  const auto wanted =
      std::min(hosts, 1 + static_cast<std::size_t>(
                              draw.size * static_cast<double>(std::max<std::size_t>(most, 1))));
  SeededRandom random(draw.seed);
  std::set<HostIndex> chosen;
  while (chosen.size() < wanted) chosen.insert(static_cast<HostIndex>(random.below(hosts)));
  return {chosen.begin(), chosen.end()};
}

double loss_at_start(const Scenario& scenario) { return scenario.medium.loss.rate; }

/// The fault itself and, but for a clock, what undoes it.
struct Fault {
  EventAction begin;
  std::optional<EventAction> end;
};

Fault fault_of(const Draw& draw, const Scenario& scenario) {
  const auto hosts = scenario.hosts.size();
  switch (draw.kind) {
    case FaultKind::kill: {
      const auto victims = some_hosts(draw, hosts, hosts / 2);
      return {KillEvent{victims, std::nullopt}, RestartEvent{victims}};
    }
    case FaultKind::partition:
      return {PartitionEvent{{some_hosts(draw, hosts, hosts / 2)}, false}, HealEvent{}};
    case FaultKind::loss: {
      const auto most = std::max(scenario.swarm.loss_max, loss_min);
      return {LossEvent{loss_min + draw.size * (most - loss_min), std::nullopt},
              LossEvent{loss_at_start(scenario), std::nullopt}};
    }
    case FaultKind::disk: {
      const auto victims = some_hosts(draw, hosts, hosts / 2);
      return {DiskEvent{victims, true}, DiskEvent{victims, false}};
    }
    case FaultKind::clock:
      break;
  }
  const auto offset = Duration{static_cast<Duration::rep>(
      (2 * draw.place - 1) * static_cast<double>(clock_offset_max.count()))};
  return {ClockEvent{some_hosts(draw, hosts, hosts / 2), offset}, std::nullopt};
}

/// What is still wrong at the stop is undone there; harmless where nothing is.
void undo_all(const std::vector<Draw>& drawn, const Scenario& scenario, Duration stop,
              std::vector<Event>& events) {
  const auto any = [&](FaultKind kind) {
    return std::any_of(drawn.begin(), drawn.end(),
                       [kind](const Draw& draw) { return draw.kind == kind; });
  };
  if (any(FaultKind::partition)) events.push_back({stop, HealEvent{}, 0});
  if (any(FaultKind::loss)) {
    events.push_back({stop, LossEvent{loss_at_start(scenario), std::nullopt}, 0});
  }
  if (any(FaultKind::kill)) events.push_back({stop, RestartEvent{}, 0});
}

}  // namespace

std::uint32_t drawn_faults(const Scenario& scenario, std::uint64_t seed) {
  return static_cast<std::uint32_t>(draws(scenario.swarm, seed).size());
}

void draw_faults(Scenario& scenario, std::uint64_t seed) {
  const auto& swarm = scenario.swarm;
  if (swarm.faults.empty() || scenario.hosts.empty()) return;
  const auto start = swarm.start.value_or(scenario.workload.start);
  const auto stop = swarm.stop.value_or(scenario.workload.stop.value_or(scenario.duration));
  const auto span = static_cast<double>((stop - start).count());
  const auto all = draws(swarm, seed);
  std::vector<Draw> played;
  for (std::uint32_t index = 0; index < all.size(); ++index) {
    const bool wanted = !swarm.only || std::find(swarm.only->begin(), swarm.only->end(),
                                                 index + 1) != swarm.only->end();
    if (wanted) played.push_back(all[index]);
  }
  for (const auto& draw : played) {
    const auto begins = start + Duration{static_cast<Duration::rep>(draw.begins * span)};
    const auto left = static_cast<double>((stop - begins).count());
    auto fault = fault_of(draw, scenario);
    scenario.events.push_back({begins, std::move(fault.begin), 0});
    if (!fault.end) continue;
    const auto ends = begins + Duration{static_cast<Duration::rep>(draw.lasts * left)};
    scenario.events.push_back({ends, std::move(*fault.end), 0});
  }
  undo_all(played, scenario, stop, scenario.events);
  std::stable_sort(scenario.events.begin(), scenario.events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
}

}  // namespace muster::sim
