// SPDX-License-Identifier: Apache-2.0
#include "sim/workload_plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace muster::sim {
namespace {

using Users = std::vector<std::string>;

Users all_users(const Scenario& scenario) {
  Users users;
  for (const auto& host : scenario.hosts)
    users.insert(users.end(), host.users.begin(), host.users.end());
  return users;
}

/// Who may begin, and with whom.
std::pair<Users, Users> candidates(const Scenario& scenario, const std::string& pattern,
                                   SeededRandom& random) {
  const auto everybody = all_users(scenario);
  if (everybody.empty() || pattern == "any_to_any") return {everybody, everybody};
  if (pattern == "to_one") return {everybody, {everybody.front()}};
  if (pattern == "ends") {
    const auto& first = scenario.hosts.front().users;
    const auto& last = scenario.hosts.back().users;
    return random.below(2) == 0 ? std::pair{first, last} : std::pair{last, first};
  }
  const auto to = pattern.find("_to_");
  return {{pattern.substr(0, to)}, {pattern.substr(to + 4)}};
}

}  // namespace

std::vector<Duration> due_times(const Scenario& scenario, const Load& load, SeededRandom& random) {
  const auto start = scenario.workload.start;
  const auto span =
      std::chrono::duration<double>(scenario.workload.stop.value_or(scenario.duration) - start)
          .count();
  const auto hosts = static_cast<double>(scenario.hosts.size());
  const double wanted = load.total ? static_cast<double>(*load.total)
                        : load.per_host_minute
                            ? *load.per_host_minute * hosts * span / 60
                            : load.per_host_hour.value_or(0) * hosts * span / 3600;
  const auto count = static_cast<std::uint64_t>(std::llround(wanted));
  std::vector<Duration> times;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double place =
        (static_cast<double>(i) + random.unit()) / static_cast<double>(count) * span;
    times.push_back(start +
                    std::chrono::duration_cast<Duration>(std::chrono::duration<double>(place)));
  }
  return times;
}

std::optional<UserPair> pick_pair(const Scenario& scenario, const std::string& pattern,
                                  const std::function<bool(const std::string&)>& free,
                                  SeededRandom& random) {
  auto [from, to] = candidates(scenario, pattern, random);
  const auto busy = [&](const std::string& user) { return !free(user); };
  std::erase_if(from, busy);
  std::erase_if(to, busy);
  std::vector<UserPair> pairs;
  for (const auto& a : from) {
    for (const auto& b : to) {
      if (a != b) pairs.emplace_back(a, b);
    }
  }
  if (pairs.empty()) return std::nullopt;
  return pairs[random.below(pairs.size())];
}

std::string numbered_text(std::uint64_t number, std::size_t bytes) {
  auto text = fmt::format("message {} ", number);
  if (text.size() < bytes) text.resize(bytes, '.');
  return text;
}

}  // namespace muster::sim
