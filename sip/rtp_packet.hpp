// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace muster::sip {

/// An RTP packet (RFC 3550 section 5.1). Contributing sources and header extension are skipped
/// when reading and never written.
struct RtpPacket {
  static constexpr std::size_t header_bytes = 12;

  bool marker = false;
  std::uint8_t payload_type = 0;  ///< 7 bits
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;  ///< in units of the codec's clock
  std::uint32_t source = 0;     ///< SSRC
  BytesView payload;            ///< without padding; lives as long as what it was read from

  /// Nothing if it is no RTP of version 2, or if it is RTCP on the same port (RFC 5761 section 4).
  [[nodiscard]] static std::optional<RtpPacket> parse(BytesView bytes);
  [[nodiscard]] Bytes serialise() const;
};

}  // namespace muster::sip
