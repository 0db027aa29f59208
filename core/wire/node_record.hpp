// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster::wire {

/// What a node says of itself in the directory.
struct NodeRecord {
  static constexpr std::size_t name_bytes_max = 63;  // an RFC 1123 label
  static constexpr std::size_t software_bytes_max = 64;
  std::string name;
  std::string software;
  std::uint32_t checks = 0;  ///< rises with each health check of the node in this life
  static constexpr std::size_t certificate_ref_bytes = 16;
  static constexpr std::size_t certificates_max = 12;
  static constexpr std::size_t wants_max = 6;
  /// First octets of the hashes of the writer's certificates that all kits hold.
  std::vector<Bytes> certificates{};
  /// Whose certificates the writer lacks.
  std::vector<NodeId> wants{};
  friend bool operator==(const NodeRecord&, const NodeRecord&) = default;
};

[[nodiscard]] Bytes encode(const NodeRecord& record);
/// Nothing if it is not one, or breaks a limit.
[[nodiscard]] std::optional<NodeRecord> parse_node_record(BytesView bytes);

}  // namespace muster::wire
