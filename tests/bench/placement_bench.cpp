// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <benchmark/benchmark.h>

#include "tests/support/placed_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;
using test::PlacedNetwork;

constexpr std::size_t nodes = 64;
constexpr std::size_t values = 200;
constexpr std::size_t value_bytes = 200;
constexpr std::size_t look_ups = 1000;

std::string name(std::size_t number) { return "user-" + std::to_string(number) + "@drill.example"; }

void put_all(PlacedNetwork& net, bool odd_only) {
  for (std::size_t i = 0; i < values; ++i) {
    const std::size_t writer = i % nodes;
    if (odd_only && writer % 2 == 0) continue;
    net.at(writer).put(net.now(), Kind::sip_binding, name(i), Bytes(value_bytes, 7), 10h);
  }
}

/// Anybody alive looks up anything of `odd_only` or all writers; what it took goes to the counters.
void look_up_all(benchmark::State& state, PlacedNetwork& net, bool even_ask_odd) {
  SeededRandom random(99);
  std::vector<double> took;
  double found = 0;
  double said_absent = 0;
  const auto messages = net.messages();
  const auto bytes = net.bytes();
  for (std::size_t i = 0; i < look_ups; ++i) {
    std::size_t asker = random.below(nodes);
    while (!net.alive(asker) || (even_ask_odd && asker % 2 != 0)) asker = random.below(nodes);
    std::size_t value = random.below(values);
    while (even_ask_odd && value % nodes % 2 == 0) value = random.below(values);
    const auto answer = net.look_up(asker, name(value));
    said_absent += answer.outcome == LookUps::Outcome::absent ? 1 : 0;
    if (answer.outcome != LookUps::Outcome::found) continue;
    ++found;
    took.push_back(std::chrono::duration<double, std::milli>(net.took()).count());
  }
  std::sort(took.begin(), took.end());
  const auto share = [&](double part) {
    return took.empty()
               ? 0
               : took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
  };
  state.counters["found"] = found / look_ups;
  state.counters["absent"] = said_absent;
  state.counters["p50_ms"] = share(0.5);
  state.counters["p95_ms"] = share(0.95);
  state.counters["p99_ms"] = share(0.99);
  state.counters["max_ms"] = share(1);
  // What was on its way for copies meanwhile is counted too.
  state.counters["packets"] = static_cast<double>(net.messages() - messages) / look_ups;
  state.counters["octets"] = static_cast<double>(net.bytes() - bytes) / look_ups;
}

/// 64 nodes, 200 values of 200 octets, that share of all datagrams lost in each direction.
void LookUp(benchmark::State& state) {
  for (auto _ : state) {
    PlacedNetwork net(nodes, 1, static_cast<double>(state.range(0)) / 100);
    put_all(net, false);
    net.run_for(60s);
    look_up_all(state, net, false);
  }
}
BENCHMARK(LookUp)->Arg(0)->Arg(30)->Arg(50)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Half of them die at once, and nobody is told.
void LookUpAfterDisaster(benchmark::State& state) {
  for (auto _ : state) {
    PlacedNetwork net(nodes, 2, static_cast<double>(state.range(0)) / 100);
    put_all(net, false);
    net.run_for(60s);
    for (std::size_t i = 0; i < nodes; i += 2) net.vanish(i);
    look_up_all(state, net, false);
  }
}
BENCHMARK(LookUpAfterDisaster)->Arg(30)->Arg(50)->Iterations(1)->Unit(benchmark::kMillisecond);

/// What the other half wrote in a minute apart, after the seconds given as the second number.
void LookUpAfterHealing(benchmark::State& state) {
  for (auto _ : state) {
    PlacedNetwork net(nodes, 3, static_cast<double>(state.range(0)) / 100);
    net.part([](std::size_t i) { return static_cast<unsigned>(i % 2); });
    put_all(net, true);
    net.run_for(60s);
    net.part([](std::size_t) { return 0U; });
    net.run_for(std::chrono::seconds{state.range(1)});
    look_up_all(state, net, true);
  }
}
BENCHMARK(LookUpAfterHealing)
    ->Args({0, 5})
    ->Args({30, 0})
    ->Args({30, 5})
    ->Args({50, 5})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster::overlay
