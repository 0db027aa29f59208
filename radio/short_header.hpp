// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"

namespace muster::radio {

/// A station on a radio that has no addresses of its own (RNode, byte pipes): two octets, taken
/// from its NodeId. Two stations of the same number hear each other's frames, and drop them when
/// they cannot be opened.
struct ShortStation {
  std::uint16_t number = 0;

  static constexpr std::uint16_t everybody = 0xffff;

  [[nodiscard]] static ShortStation of(const NodeId& node) {
    const auto number = ByteReader{node.view().first(2)}.u16();
    return {number == everybody ? std::uint16_t{0} : number};
  }
  [[nodiscard]] LinkAddress address() const { return {ByteWriter{}.u16(number).take()}; }
  [[nodiscard]] static std::optional<ShortStation> from(const LinkAddress& address) {
    ByteReader reader{address.octets};
    const ShortStation station{reader.u16()};
    if (!reader.finished() || station.number == everybody) return std::nullopt;
    return station;
  }
  friend bool operator==(const ShortStation&, const ShortStation&) = default;
};

/// From whom and to whom, before each datagram on such a radio.
struct ShortHeader {
  std::uint16_t to = ShortStation::everybody;
  ShortStation from;

  static constexpr std::size_t bytes = 4;

  [[nodiscard]] Bytes put_before(BytesView datagram) const {
    return ByteWriter{}.u16(to).u16(from.number).raw(datagram).take();
  }
  /// Takes the header from the front of `frame`; nothing if there is none, or nothing behind it.
  [[nodiscard]] static std::optional<ShortHeader> take(BytesView& frame) {
    ByteReader reader{frame};
    ShortHeader header;
    header.to = reader.u16();
    header.from.number = reader.u16();
    if (reader.left() == 0 || header.from.number == ShortStation::everybody) return std::nullopt;
    frame = reader.remainder();
    return header;
  }
};

}  // namespace muster::radio
