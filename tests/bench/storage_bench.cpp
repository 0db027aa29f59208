// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "core/dtn/outbox.hpp"
#include "core/io/sqlite_store.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::dtn {
namespace {

/// A message is accepted: on stable storage before the sender is told. Wall time, for the disk is
/// what is waited for.
void MessageAccept(benchmark::State& state) {
  const test::TemporaryDirectory directory;
  const auto store = io::SqliteStore::open(directory.path() / "bench.sqlite");
  if (!store) {
    state.SkipWithError(store.error().sentence.c_str());
    return;
  }
  Outbox outbox(**store, {}, 1);
  const TimePoint now{std::chrono::seconds{1}};
  outbox.start(now);
  std::uint64_t number = 0;
  for (auto _ : state) {
    WaitingMessage message;
    message.identity = std::to_string(++number);
    message.from = "alice@drill.example";
    message.to = "dave@drill.example";
    message.request = Bytes(500, 7);
    if (!outbox.submit(now, message)) state.SkipWithError("it was refused");
  }
}
BENCHMARK(MessageAccept)->UseRealTime();

}  // namespace
}  // namespace muster::dtn
