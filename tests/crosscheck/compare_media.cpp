// SPDX-License-Identifier: Apache-2.0
// The geometric medium beside ns-3's 802.11a: the same places, radios and traffic, and what of it
// is received after how long. Prints one table; docs/BENCHMARKS.md has one.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "core/base/seeded_random.hpp"
#include "sim/radio_profile.hpp"
#include "tests/crosscheck/two_media.hpp"

namespace muster::crosscheck {
namespace {

using namespace std::chrono_literals;

constexpr unsigned seeds = 2;

double decibel(sim::Centidecibel value) { return value / 100.0; }

/// Thermal noise of 20 MHz at 290 K; what the profile has beyond it is the receiver's.
constexpr double thermal_dbm = -101;

Radio radio() {
  const auto& it = *sim::find_profile(profile);
  return {decibel(it.transmit_dbm),
          decibel(it.first_metre),
          it.path_loss_exponent / 100.0,
          decibel(it.noise_dbm) - thermal_dbm,
          decibel(it.capture),
          it.network_header_bytes,
          it.queue_bytes};
}

double range_m() { return sim::find_profile(profile)->range_m; }

/// Each of `senders` sends as a Poisson process; together they would fill `load` of the channel.
std::vector<Traffic::Send> poisson(const std::vector<std::size_t>& senders, std::size_t octets,
                                   double load, Duration span, std::uint64_t seed) {
  SeededRandom random{seed};
  const auto airtime = sim::time_on_air(*sim::find_profile(profile), octets);
  const double mean_ns =
      static_cast<double>(airtime.count()) * static_cast<double>(senders.size()) / load;
  std::vector<Traffic::Send> sends;
  for (const auto from : senders) {
    for (double at = 0;;) {
      at -= std::log(1 - random.unit()) * mean_ns;
      if (at >= static_cast<double>(span.count())) break;
      sends.push_back({Duration{static_cast<Duration::rep>(at)}, from});
    }
  }
  std::sort(sends.begin(), sends.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return sends;
}

std::vector<std::size_t> first_hosts(std::size_t count) {
  std::vector<std::size_t> hosts(count);
  for (std::size_t i = 0; i < count; ++i) hosts[i] = i;
  return hosts;
}

Traffic pair_at(double share_of_range, std::size_t octets) {
  Traffic it{
      fmt::format("two hosts, {:3.0f} % of the range, {} octets", share_of_range * 100, octets),
      {{0, 0}, {range_m() * share_of_range, 0}},
      octets,
      {}};
  for (int i = 0; i < 2000; ++i) it.sends.push_back({i * 5ms, 0});
  return it;
}

/// All hear each other well.
Traffic crowd(std::size_t hosts, double load) {
  Traffic it{fmt::format("{} hosts in a ring, {:3.0f} % load", hosts, load * 100), {}, 200, {}};
  for (std::size_t i = 0; i < hosts; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(hosts);
    it.places.push_back({0.2 * range_m() * std::cos(angle), 0.2 * range_m() * std::sin(angle)});
  }
  it.sends = poisson(first_hosts(hosts), it.octets, load, 20s, hosts);
  return it;
}

/// The outer two do not hear each other; only what the middle one receives counts.
Traffic hidden(double load) {
  Traffic it{fmt::format("hidden: A - B - C, {:3.0f} % load", load * 100),
             {{0, 0}, {0.8 * range_m(), 0}, {1.6 * range_m(), 0}},
             200,
             {}};
  it.sends = poisson({0, 2}, it.octets, load, 20s, 7);
  return it;
}

Traffic scattered(std::size_t hosts, double load) {
  Traffic it{
      fmt::format("{} hosts in 3 x 3 ranges, {:3.0f} % load", hosts, load * 100), {}, 200, {}};
  SeededRandom random{hosts};
  for (std::size_t i = 0; i < hosts; ++i) {
    const double x = random.unit() * 3 * range_m();
    it.places.push_back({x, random.unit() * 3 * range_m()});
  }
  it.sends = poisson(first_hosts(hosts), it.octets, load, 20s, hosts);
  return it;
}

std::vector<Traffic> cases() {
  std::vector<Traffic> all;
  for (const double share : {0.8, 0.9, 0.95, 0.98, 1.0, 1.02, 1.05, 1.1})
    all.push_back(pair_at(share, 200));
  for (const double share : {0.9, 0.95, 1.0}) all.push_back(pair_at(share, 1300));
  for (const std::size_t hosts : {5u, 20u})
    for (const double load : {0.2, 0.5, 0.8, 1.5}) all.push_back(crowd(hosts, load));
  for (const double load : {0.1, 0.3, 0.6}) all.push_back(hidden(load));
  for (const double load : {0.2, 1.0, 3.0}) all.push_back(scattered(40, load));
  return all;
}

/// Receptions for each that there could be between hosts that ever hear each other in one world.
struct Row {
  double muster = 0;
  double ns3 = 0;
  double muster_ms = 0;
  double ns3_ms = 0;
};

Row compare(const Traffic& traffic) {
  const auto hosts = traffic.places.size();
  std::vector<std::size_t> sent(hosts);
  for (const auto& send : traffic.sends) ++sent[send.from];
  Row row;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const auto ours = by_muster(traffic, seed);
    const auto theirs = by_ns3(traffic, radio(), seed);
    double possible = 0;
    for (std::size_t from = 0; from < hosts; ++from)
      for (std::size_t to = 0; to < hosts; ++to)
        if (ours.received[from][to] + theirs.received[from][to] > 0)
          possible += static_cast<double>(sent[from]);
    possible = std::max(possible, 1.0);
    row.muster += static_cast<double>(ours.total()) / possible / seeds;
    row.ns3 += static_cast<double>(theirs.total()) / possible / seeds;
    if (ours.total() > 0) row.muster_ms += ours.delay_ms / seeds;
    if (theirs.total() > 0) row.ns3_ms += theirs.delay_ms / seeds;
  }
  return row;
}

}  // namespace
}  // namespace muster::crosscheck

int main() {
  using namespace muster::crosscheck;
  fmt::print("{:<42} {:>9} {:>9} {:>12} {:>12}\n", "case", "Muster", "ns-3", "Muster delay",
             "ns-3 delay");
  for (const auto& traffic : cases()) {
    const auto row = compare(traffic);
    fmt::print("{:<42} {:8.1f}% {:8.1f}% {:9.2f} ms {:9.2f} ms\n", traffic.name, row.muster * 100,
               row.ns3 * 100, row.muster_ms, row.ns3_ms);
    std::fflush(stdout);
  }
}
