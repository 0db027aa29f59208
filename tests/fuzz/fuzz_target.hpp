// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

/// What every fuzz target defines. A target is one program: under libFuzzer (preset fuzz) it looks
/// for inputs that crash, everywhere else it replays the inputs it is given.
namespace muster::fuzz {

/// Hands `input` to the code under test and ends the process if something that must hold does not.
void run(BytesView input);

/// Inputs that a search begins from, for `--write-seeds`.
[[nodiscard]] std::vector<Bytes> seeds();

inline void must(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, what);
  std::abort();
}

/// Drains `machine` into `take(output)`, then lets it do what is due by `now`. A machine whose
/// deadline stays in the past would keep a processor busy for ever.
template <typename Machine, typename Take>
void settle(Machine& machine, TimePoint now, Take take) {
  for (int round = 0;; ++round) {
    must(round < 1000, "the machine comes to rest", __FILE__, __LINE__);
    for (std::size_t outputs = 0; auto output = machine.poll(); ++outputs) {
      must(outputs < 100'000, "the machine stops talking", __FILE__, __LINE__);
      take(*output);
    }
    const auto deadline = machine.deadline();
    if (!deadline || *deadline > now) return;
    machine.advance(now);
  }
}

}  // namespace muster::fuzz

#define MUST(condition) \
  ::muster::fuzz::must(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
