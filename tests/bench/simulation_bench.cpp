// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include "sim/scenario_reader.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

/// The bare heap, with so many events waiting: one is taken, one is put in.
void event_heap(benchmark::State& state) {
  struct What {
    std::uint32_t kind, index, generation;
  };
  EventHeap<What> heap;
  SeededRandom random(1);
  const auto later = [&](TimePoint now) {
    return now + Duration{static_cast<std::int64_t>(random.next() >> 34)};
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) heap.push(later(TimePoint{}), {});
  for (auto _ : state) {
    const auto due = heap.pop();
    heap.push(later(due.at), due.what);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(event_heap)->Arg(1'000)->Arg(10'000)->Arg(100'000);

/// A minute of so many hosts, modelled cryptography, a message a minute and host: node-seconds a
/// second, events a second and octets of memory a node.
void hosts_of_a_grid(benchmark::State& state) {
  const auto text = fmt::format(
      "[scenario]\nname = \"bench\"\nduration = \"60s\"\n[medium]\nloss = {{ rate = 0.1 }}\n"
      "[hosts]\ncount = {}\nlayout = \"grid\"\n[security]\ncrypto = \"modelled\"\n"
      "[workload]\nstart = \"20s\"\nmessages = {{ per_host_minute = 1 }}\n",
      state.range(0));
  const auto scenario = read_scenario(text, "bench").value();
  std::uint64_t events = 0;
  std::size_t octets = 0;
  for (auto _ : state) {
    const auto before = mallinfo2().uordblks;
    const auto simulation = Simulation::make(scenario, {1, {}}).value();
    while (simulation->run(10'000)) {
    }
    events += simulation->events();
    octets = mallinfo2().uordblks - before;
  }
  const auto runs = static_cast<double>(state.iterations());
  const auto hosts = static_cast<double>(state.range(0));
  state.counters["node_s/s"] = benchmark::Counter(60 * hosts * runs, benchmark::Counter::kIsRate);
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.counters["octets_per_node"] = static_cast<double>(octets) / hosts;
}
BENCHMARK(hosts_of_a_grid)
    ->Arg(9)
    ->Arg(25)
    ->Arg(49)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace muster::sim
