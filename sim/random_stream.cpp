// SPDX-License-Identifier: Apache-2.0
#include "sim/random_stream.hpp"

namespace muster::sim {
namespace {

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of the input moves every other.
std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t stream_seed(std::uint64_t run_seed, std::string_view name, std::uint64_t number) {
  std::uint64_t seed = mixed(run_seed + 0x9e3779b97f4a7c15);
  for (const char c : name) seed = mixed(seed ^ static_cast<std::uint8_t>(c));
  return mixed(seed + 0x9e3779b97f4a7c15 * (number + 1));
}

void RandomStream::fill(std::span<std::uint8_t> octets) {
  std::size_t place = 0;
  while (place < octets.size()) {
    std::uint64_t word = random_.next();
    for (int i = 0; i < 8 && place < octets.size(); ++i, word >>= 8) {
      octets[place++] = static_cast<std::uint8_t>(word);
    }
  }
}

}  // namespace muster::sim
