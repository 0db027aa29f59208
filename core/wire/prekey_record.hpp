// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace muster::wire {

/// The X25519 key to which messages for this node, or for a user at home there, are sealed now.
struct PrekeyRecord {
  std::uint32_t id = 0;
  std::array<std::uint8_t, 32> x25519_public{};
  /// Of a user's prekey only.
  std::optional<std::array<std::uint8_t, 64>> user_signature{};
  /// Of a node's prekey: the newest dictionary that it unpacks by, 0 for none.
  std::uint32_t dictionary = 0;
  friend bool operator==(const PrekeyRecord&, const PrekeyRecord&) = default;
};

[[nodiscard]] Bytes encode(const PrekeyRecord& record);
/// Nothing if it is not one.
[[nodiscard]] std::optional<PrekeyRecord> parse_prekey_record(BytesView bytes);

}  // namespace muster::wire
