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

/// Drawn so often at random before all pairs are looked at.
constexpr int draws_max = 64;

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

PairPicker::PairPicker(const Scenario& scenario, const std::string& pattern) {
  const auto everybody = all_users(scenario);
  if (everybody.empty()) return;
  if (pattern == "any_to_any" || pattern == "to_one") {
    from_ = everybody;
    to_ = pattern == "to_one" ? Users{everybody.front()} : everybody;
  } else if (pattern == "ends") {
    from_ = scenario.hosts.front().users;
    to_ = scenario.hosts.back().users;
    either_way_ = true;
  } else {
    const auto to = pattern.find("_to_");
    from_ = {pattern.substr(0, to)};
    to_ = {pattern.substr(to + 4)};
  }
}

std::optional<UserPair> PairPicker::pick(const Free& free, SeededRandom& random) const {
  const bool turned = either_way_ && random.below(2) == 1;
  return turned ? pick(to_, from_, free, random) : pick(from_, to_, free, random);
}

std::optional<UserPair> PairPicker::pick(const Users& from, const Users& to, const Free& free,
                                         SeededRandom& random) {
  if (from.empty() || to.empty()) return std::nullopt;
  for (int draw = 0; draw < draws_max; ++draw) {
    const auto& a = from[random.below(from.size())];
    const auto& b = to[random.below(to.size())];
    if (a != b && free(a) && free(b)) return UserPair{a, b};
  }
  // Few are free, if any.
  Users free_from;
  Users free_to;
  std::copy_if(from.begin(), from.end(), std::back_inserter(free_from), free);
  std::copy_if(to.begin(), to.end(), std::back_inserter(free_to), free);
  std::vector<UserPair> pairs;
  for (const auto& a : free_from) {
    for (const auto& b : free_to) {
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
