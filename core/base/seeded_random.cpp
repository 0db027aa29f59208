// SPDX-License-Identifier: Apache-2.0
#include "core/base/seeded_random.hpp"

#include <bit>
#include <cassert>

namespace muster {

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (auto& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t SeededRandom::below(std::uint64_t bound) {
  assert(bound > 0);
  const std::uint64_t unfair = (0 - bound) % bound;  // 2^64 mod bound values would weigh double
  std::uint64_t value = next();
  while (value < unfair) value = next();
  return value % bound;
}

double SeededRandom::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

}  // namespace muster
