// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace muster {

/// Repeatable pseudo-random numbers (xoshiro256**, seeded through splitmix64; Blackman and Vigna
/// 2018). For jitter and simulation only: never for a key, a nonce or anything an attacker may
/// guess.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed);

  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, bound); `bound` at least 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  [[nodiscard]] double unit();

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace muster
