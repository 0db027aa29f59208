// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster {

/// Appends integers in network byte order and byte strings to a growing buffer.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value) { return number(value, 1); }
  ByteWriter& u16(std::uint16_t value) { return number(value, 2); }
  ByteWriter& u32(std::uint32_t value) { return number(value, 4); }
  ByteWriter& u64(std::uint64_t value) { return number(value, 8); }
  ByteWriter& raw(BytesView bytes) {
    append(bytes_, bytes);
    return *this;
  }
  /// Two octets of length, then the octets themselves; at most 65,535.
  ByteWriter& block16(BytesView bytes) {
    assert(bytes.size() <= 0xffff);
    return u16(static_cast<std::uint16_t>(bytes.size())).raw(bytes);
  }
  /// One octet of length, then the octets themselves; at most 255.
  ByteWriter& block8(BytesView bytes) {
    assert(bytes.size() <= 0xff);
    return u8(static_cast<std::uint8_t>(bytes.size())).raw(bytes);
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] BytesView view() const { return bytes_; }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  ByteWriter& number(std::uint64_t value, unsigned octets) {
    for (unsigned i = octets; i-- > 0;) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    return *this;
  }

  Bytes bytes_;
};

}  // namespace muster
