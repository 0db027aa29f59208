// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace muster {

/// Which of all that a node ever says: its start, counted, and a number within that.
struct BootNumber {
  std::uint32_t boot = 0;
  std::uint32_t number = 0;
  friend auto operator<=>(const BootNumber&, const BootNumber&) = default;
};

/// Takes each number of a sender once, in any order within the last `size`, and knows which whole
/// number a sender means who tells the lowest octet of its start and the lowest two of the number.
class BootWindow {
 public:
  static constexpr std::uint32_t size = 64;
  /// A start that much later than the last one known was not counted there.
  static constexpr std::uint32_t boots_ahead_max = 64;

  enum class Verdict : std::uint8_t {
    fresh,
    repeated,  ///< taken before, too old to know, or of an earlier start
    far,       ///< of a start too far ahead to be believed without proof
  };

  /// Of a sender never heard the parts that are not told are taken to be zero; of a later start
  /// than the last one known, those of the number.
  [[nodiscard]] BootNumber whole(std::uint8_t boot, std::uint16_t number) const {
    constexpr std::uint32_t boots = 1U << 8;
    constexpr std::uint32_t numbers = 1U << 16;
    if (!newest_) return {boot, number};
    BootNumber meant{(newest_->boot & ~(boots - 1)) | boot, number};
    if (meant.boot < newest_->boot) meant.boot += boots;
    if (meant.boot != newest_->boot) return meant;
    const std::uint32_t next = newest_->number + 1;
    meant.number |= next & ~(numbers - 1);
    if (meant.number + numbers / 2 < next) return {meant.boot, meant.number + numbers};
    if (meant.number > next + numbers / 2 && meant.number >= numbers) meant.number -= numbers;
    return meant;
  }
  [[nodiscard]] Verdict judge(const BootNumber& said) const {
    if (!newest_) return Verdict::fresh;
    if (said.boot != newest_->boot) {
      if (said.boot < newest_->boot) return Verdict::repeated;
      return said.boot - newest_->boot > boots_ahead_max ? Verdict::far : Verdict::fresh;
    }
    if (said.number > newest_->number) return Verdict::fresh;
    const std::uint32_t back = newest_->number - said.number;
    return back >= size || (taken_ >> back & 1) != 0 ? Verdict::repeated : Verdict::fresh;
  }
  /// Call it only for what was authentic and fresh. How many numbers before it were passed over.
  std::uint32_t take(const BootNumber& said) {
    if (!newest_ || said.boot != newest_->boot) {
      newest_ = said;
      taken_ = 1;
      return 0;
    }
    if (said.number <= newest_->number) {
      taken_ |= std::uint64_t{1} << (newest_->number - said.number);
      return 0;
    }
    const std::uint32_t step = said.number - newest_->number;
    taken_ = step >= size ? 1 : taken_ << step | 1;
    newest_ = said;
    return step - 1;
  }
  /// The sender has proven that this is the next it will say.
  void begin_at(const BootNumber& next) {
    newest_ = {next.boot, next.number == 0 ? 0 : next.number - 1};
    taken_ = next.number == 0 ? 0 : ~std::uint64_t{0};
  }
  [[nodiscard]] const std::optional<BootNumber>& newest() const { return newest_; }

 private:
  std::optional<BootNumber> newest_;
  std::uint64_t taken_ = 0;  ///< bit i: the newest number less i
};

}  // namespace muster
