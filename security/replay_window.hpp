// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace muster::security {

/// Accepts each counter once, in any order within the last `size` counters (RFC 6479: a ring of
/// words, so that moving forward clears whole words and never shifts).
template <std::size_t bits>
class ReplayWindow {
 public:
  static_assert(bits % 64 == 0 && bits >= 64);
  static constexpr std::uint64_t size = bits;

  /// The whole counter that a sender who is about where we are can have meant by its low 32 bits:
  /// the one nearest to the next counter expected.
  [[nodiscard]] std::uint64_t expand(std::uint32_t low) const {
    constexpr std::uint64_t span = std::uint64_t{1} << 32;
    const std::uint64_t candidate = (next_ & ~(span - 1)) | low;
    if (candidate + span / 2 < next_) return candidate + span;
    if (candidate > next_ + span / 2 && candidate >= span) return candidate - span;
    return candidate;
  }
  /// False if `counter` was accepted before or is too old to know.
  [[nodiscard]] bool would_accept(std::uint64_t counter) const {
    if (counter >= next_) return true;
    return counter + size >= next_ && (word(counter) & bit(counter)) == 0;
  }
  /// Call it only for what was authentic.
  bool accept(std::uint64_t counter) {
    if (!would_accept(counter)) return false;
    if (counter >= next_) advance_to(counter + 1);
    word(counter) |= bit(counter);
    return true;
  }
  /// One more than the highest counter accepted.
  [[nodiscard]] std::uint64_t next() const { return next_; }

 private:
  // One word more than the window, so that clearing the newest word forgets nothing within it.
  static constexpr std::size_t words = bits / 64 + 1;

  static std::uint64_t bit(std::uint64_t counter) { return std::uint64_t{1} << (counter % 64); }
  std::uint64_t& word(std::uint64_t counter) { return ring_[counter / 64 % words]; }
  [[nodiscard]] std::uint64_t word(std::uint64_t counter) const {
    return ring_[counter / 64 % words];
  }
  void advance_to(std::uint64_t next) {
    const std::uint64_t last_word = next_ == 0 ? 0 : (next_ - 1) / 64;
    const std::uint64_t new_words = (next - 1) / 64 - last_word;
    for (std::uint64_t i = 1; i <= new_words && i <= words; ++i) {
      ring_[(last_word + i) % words] = 0;
    }
    next_ = next;
  }

  std::array<std::uint64_t, words> ring_{};
  std::uint64_t next_ = 0;
};

}  // namespace muster::security
