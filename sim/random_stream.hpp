// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/seeded_random.hpp"
#include "core/ports/random.hpp"

namespace muster::sim {

/// The seed of one named stream of a run: "medium", "workload.calls", "host" number 3. Streams do
/// not disturb each other: one more draw in one of them changes no other.
[[nodiscard]] std::uint64_t stream_seed(std::uint64_t run_seed, std::string_view name,
                                        std::uint64_t number = 0);

/// ports::Random that repeats itself: keys, nonces and tokens of a simulated host come from it.
class RandomStream final : public ports::Random {
 public:
  explicit RandomStream(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::uint8_t> octets) override;

 private:
  SeededRandom random_;
};

}  // namespace muster::sim
