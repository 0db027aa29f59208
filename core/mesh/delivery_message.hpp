// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/precedence.hpp"

namespace muster::mesh {

/// A message from one node to another, numbered within (sender's boot, precedence).
struct DeliveryData {
  static constexpr std::size_t header_bytes = 12;
  Precedence precedence = Precedence::routine;
  std::uint32_t boot = 0;
  std::uint32_t number = 0;
  /// Every number below this is settled: acknowledged or given up. At most 65,535 below `number`.
  std::uint32_t floor = 0;
  std::uint8_t attempt = 0;  ///< which sending this is; comes back in the acknowledgement
  BytesView message;         ///< lives as long as what was decoded
};

/// "I have these": the one that has just come, all below `below`, and a map of the 64 from there.
struct DeliveryAck {
  static constexpr std::size_t bytes = 22;
  Precedence precedence = Precedence::routine;
  std::uint32_t boot = 0;  ///< of the sender of the messages
  std::uint32_t number = 0;
  std::uint8_t attempt = 0;
  std::uint32_t below = 0;
  std::uint64_t map = 0;  ///< bit i: number `below` + i
};

[[nodiscard]] Bytes encode(const DeliveryData& data);
[[nodiscard]] Bytes encode(const DeliveryAck& ack);
/// Nothing if the octets are neither.
[[nodiscard]] std::optional<std::variant<DeliveryData, DeliveryAck>> decode_delivery(
    BytesView bytes);

}  // namespace muster::mesh
