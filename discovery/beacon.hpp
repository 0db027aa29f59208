// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster::discovery {

/// "I am here": what a node says of itself on a link, before it is sealed
/// (docs/protocol/beacon.md).
struct Beacon {
  static constexpr std::size_t encoded_bytes = 22;

  NodeId node;
  std::uint32_t boot = 0;      ///< counts the node's starts
  bool answer_wanted = false;  ///< the sender has not heard whoever is at this address
  friend bool operator==(const Beacon&, const Beacon&) = default;

  /// Nothing unless the whole of `bytes` is a beacon of this version.
  [[nodiscard]] static std::optional<Beacon> parse(BytesView bytes);
  [[nodiscard]] Bytes encode() const;
};

}  // namespace muster::discovery
