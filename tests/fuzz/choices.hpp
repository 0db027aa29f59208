// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

#include "core/base/byte_reader.hpp"
#include "core/base/time.hpp"

namespace muster::fuzz {

/// Reads a fuzzer's input as decisions, for machines that are fuzzed by sequences of operations.
/// Once the input is used up every decision is 0.
class Choices {
 public:
  explicit Choices(BytesView input) : rest_(input) {}

  [[nodiscard]] bool left() const { return !rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_[0];
    rest_ = rest_.subspan(1);
    return first;
  }
  bool coin() { return (octet() & 1) != 0; }
  /// In [0, bound); `bound` up to 65536 and at least 1.
  std::size_t below(std::size_t bound) {
    const std::size_t value = bound > 256 ? std::size_t{octet()} << 8 | octet() : octet();
    return value % bound;
  }
  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | octet();
    return value;
  }
  /// Up to `size_max` octets of the input, as they are.
  BytesView bytes(std::size_t size_max) {
    const std::size_t wanted = below(size_max + 1);  // of what is left only then
    const std::size_t size = std::min(wanted, rest_.size());
    const BytesView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  BytesView remainder() {
    const BytesView all = rest_;
    rest_ = {};
    return all;
  }
  /// From a microsecond to nine hours, evenly over the magnitudes.
  Duration pause() { return std::chrono::microseconds{std::int64_t{1} << octet() % 36}; }
  /// Up to a minute, likewise.
  Duration short_pause() { return std::chrono::microseconds{std::int64_t{1} << octet() % 27}; }

 private:
  BytesView rest_;
};

}  // namespace muster::fuzz
