// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"

namespace muster::wire {

/// What a node says of itself in the directory.
struct NodeRecord {
  static constexpr std::size_t name_bytes_max = 63;  // an RFC 1123 label
  static constexpr std::size_t software_bytes_max = 64;
  std::string name;
  std::string software;
  std::uint32_t checks = 0;  ///< rises with each health check of the node in this life
  friend bool operator==(const NodeRecord&, const NodeRecord&) = default;
};

[[nodiscard]] Bytes encode(const NodeRecord& record);
/// Nothing if it is not one, or breaks a limit.
[[nodiscard]] std::optional<NodeRecord> parse_node_record(BytesView bytes);

}  // namespace muster::wire
