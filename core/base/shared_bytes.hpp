// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/bytes.hpp"

namespace muster {

/// Octets that never change, held once by all who have a copy: 16 octets beside them, and 24 each
/// holder.
class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(const SharedBytes&) = default;
  SharedBytes(SharedBytes&& other) noexcept
      : octets_(std::move(other.octets_)), size_(std::exchange(other.size_, 0)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(octets_, other.octets_);
    std::swap(size_, other.size_);
    return *this;
  }
  SharedBytes(BytesView octets) : SharedBytes(octets, {}) {}
  SharedBytes(const Bytes& octets) : SharedBytes(BytesView(octets)) {}
  /// Both, one after the other.
  SharedBytes(BytesView first, BytesView second) : size_(first.size() + second.size()) {
    if (size_ == 0) return;
    const std::shared_ptr<std::uint8_t[]> made = std::make_shared<std::uint8_t[]>(size_);
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), made.get()));
    octets_ = std::shared_ptr<const std::uint8_t>(made, made.get());
  }

  operator BytesView() const { return {octets_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// `count` octets from `first` on, without copying them; they must be there.
  [[nodiscard]] SharedBytes part(std::size_t first, std::size_t count) const {
    SharedBytes made;
    made.octets_ = std::shared_ptr<const std::uint8_t>(octets_, octets_.get() + first);
    made.size_ = count;
    return made;
  }
  friend bool operator==(const SharedBytes& a, const SharedBytes& b) {
    return std::ranges::equal(BytesView(a), BytesView(b));
  }

 private:
  std::shared_ptr<const std::uint8_t> octets_;
  std::size_t size_ = 0;
};

}  // namespace muster
