// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster {

/// Takes integers in network byte order and byte strings from the front of a buffer. The first
/// read past the end sets `failed()` for good; from then on every read gives zeros or an empty
/// view, so a parser may read all its fields and ask once.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  BytesView raw(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const BytesView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  BytesView block16() { return raw(u16()); }
  BytesView block8() { return raw(u8()); }
  /// All that is left.
  BytesView remainder() { return raw(rest_.size()); }
  template <typename IdType>
  IdType id() {
    return IdType::from(raw(IdType::size)).value_or(IdType{});
  }

  [[nodiscard]] bool failed() const { return failed_; }
  /// True when every octet was read and nothing was missing.
  [[nodiscard]] bool finished() const { return !failed_ && rest_.empty(); }
  [[nodiscard]] std::size_t left() const { return failed_ ? 0 : rest_.size(); }

 private:
  std::uint64_t number(unsigned octets) {
    std::uint64_t value = 0;
    for (std::uint8_t octet : raw(octets)) value = value << 8 | octet;
    return value;
  }

  BytesView rest_;
  bool failed_ = false;
};

}  // namespace muster
