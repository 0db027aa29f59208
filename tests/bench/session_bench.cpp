// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "tests/security/end_to_end_world.hpp"
#include "tests/security/session_world.hpp"

namespace muster::security {
namespace {

using namespace std::chrono_literals;

/// From nothing to a session on both sides; the argument says whether the two know each other's
/// certificates already (IK) or not (XX).
void SessionHandshake(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    test::SessionWorld world;
    world.add(1);
    world.add(2);
    if (state.range(0) == 1) world.know_all();
    state.ResumeTiming();
    world.connect(1, 2);
    world.run(50ms);
    if (!world.linked(1, 2)) state.SkipWithError("no session");
  }
}
BENCHMARK(SessionHandshake)->ArgName("known")->Arg(0)->Arg(1);

/// One frame sealed by one neighbour and opened by the other, through the tables of sessions.
void SessionSealAndReceive(benchmark::State& state) {
  test::SessionWorld world;
  world.add(1);
  world.add(2);
  world.connect(1, 2);
  world.run(1s);
  const Bytes frame(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) {
    const auto datagram = world[1].table->seal(world.now, test::SessionWorld::id(2), frame);
    world[2].table->receive(world.now, test::SessionWorld::at(1), *datagram);
    auto output = world[2].table->poll();
    if (!output) state.SkipWithError("nothing arrived");
    benchmark::DoNotOptimize(output);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SessionSealAndReceive)->Arg(64)->Arg(200)->Arg(1200);

/// A message from node to node, each with a new context: what a first message costs both ends.
void EndToEndFirstMessage(benchmark::State& state) {
  const Bytes text(400, 7);
  for (auto _ : state) {
    state.PauseTiming();
    test::EndToEndWorld world;
    world.start(1);
    world.start(2);
    state.ResumeTiming();
    const auto sealed = world[1].seal(world.now, test::EndToEndWorld::id(2), text);
    benchmark::DoNotOptimize(world[2].open(world.now, *sealed));
  }
}
BENCHMARK(EndToEndFirstMessage);

void EndToEndLaterMessage(benchmark::State& state) {
  test::EndToEndWorld world;
  world.start(1);
  world.start(2);
  world.carry(1, 2, "first");
  world.settle(1s);
  const Bytes text(400, 7);
  for (auto _ : state) {
    const auto sealed = world[1].seal(world.now, test::EndToEndWorld::id(2), text);
    const auto opened = world[2].open(world.now, *sealed);
    if (!opened) state.SkipWithError("it did not open");
  }
}
BENCHMARK(EndToEndLaterMessage);

}  // namespace
}  // namespace muster::security
