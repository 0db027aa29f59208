// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace muster::radio {

/// A station on packet radio: a call sign of one to six capital letters and digits, and a number
/// from 0 to 15 beside it (AX.25 2.2, section 3.12.2).
class Ax25Station {
 public:
  /// "N0CALL" or "N0CALL-7"; lower case is taken for upper case.
  [[nodiscard]] static std::optional<Ax25Station> parse(std::string_view text);
  /// From the first six octets and the number of an address field, as after octets().
  [[nodiscard]] static std::optional<Ax25Station> from_octets(BytesView octets);

  /// Six octets of the call sign, padded with spaces, and the number.
  static constexpr std::size_t octets_size = 7;
  [[nodiscard]] const std::array<std::uint8_t, octets_size>& octets() const { return octets_; }
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const Ax25Station&, const Ax25Station&) = default;

 private:
  explicit Ax25Station(const std::array<std::uint8_t, octets_size>& octets) : octets_(octets) {}
  std::array<std::uint8_t, octets_size> octets_;
};

/// An unnumbered information frame without digipeaters, without flags and check sum: what a
/// terminal node controller takes and gives.
struct Ax25Frame {
  Ax25Station to;
  Ax25Station from;
  BytesView information;  ///< views into what was parsed

  /// Two addresses, control and protocol identifier.
  static constexpr std::size_t header_bytes = 16;

  /// Nothing if it is another kind of frame, of another protocol, or came over digipeaters.
  [[nodiscard]] static std::optional<Ax25Frame> parse(BytesView bytes);
  [[nodiscard]] Bytes encode() const;
};

}  // namespace muster::radio
