// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/seeded_random.hpp"
#include "core/ports/random.hpp"

namespace muster::test {

/// ports::Random that repeats itself, for tests only.
class SeededTestRandom final : public ports::Random {
 public:
  explicit SeededTestRandom(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random_.next());
  }

 private:
  SeededRandom random_;
};

}  // namespace muster::test
