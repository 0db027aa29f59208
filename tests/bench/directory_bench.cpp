// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "tests/support/directory_network.hpp"

namespace muster::overlay {
namespace {

using namespace std::chrono_literals;

// Signatures are stood in for: see Ed25519Sign and Ed25519Verify for what each costs beside.

void write(test::DirectoryNetwork& network, std::size_t at, int number) {
  (void)network.at(at).put(network.now(), Kind::sip_binding, "sip:user-" + std::to_string(number),
                           Bytes(40, 7), std::chrono::hours{1});
}

/// One more record of our own in a directory that holds some already.
void DirectoryPut(benchmark::State& state) {
  test::DirectoryNetwork network(1);
  network.add(1);
  network.run_for(5s);
  int number = 0;
  for (; number < 200; ++number) write(network, 0, number);
  for (auto _ : state) write(network, 0, number++ % 400);
}
BENCHMARK(DirectoryPut);

void DirectoryFind(benchmark::State& state) {
  test::DirectoryNetwork network(1);
  network.add(1);
  network.run_for(5s);
  for (int i = 0; i < 400; ++i) write(network, 0, i);
  int number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        network.at(0).find(Kind::sip_binding, "sip:user-" + std::to_string(number++ % 400)));
  }
}
BENCHMARK(DirectoryFind);

/// A node with nothing meets one with so many records: until both hold the same. Both together.
void DirectorySync(benchmark::State& state) {
  std::uint64_t octets = 0;
  for (auto _ : state) {
    state.PauseTiming();
    DirectoryLimits limits;
    limits.records_per_writer_max = 4096;
    limits.write_rate = {};
    test::DirectoryNetwork network(1, limits);
    network.add(2);
    network.run_for(5s);
    for (int i = 0; i < state.range(0); ++i) write(network, 0, i);
    network.connect(0, 1);
    state.ResumeTiming();
    if (!network.converges_within(std::chrono::minutes{10})) state.SkipWithError("not the same");
    octets = network.bytes_sent();
  }
  state.counters["octets_per_record"] =
      static_cast<double>(octets) / static_cast<double>(state.range(0));
}
BENCHMARK(DirectorySync)->ArgName("records")->Arg(100)->Arg(400)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster::overlay
