// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace muster::wire {

/// The nodes, no homes of the user, at which a phone has proven to the writer, a home, that it is
/// one of his: they may hold bindings of his and speak for him.
struct DelegationRecord {
  static constexpr std::size_t visited_max = 16;
  struct Visited {
    NodeId node;
    std::chrono::seconds age{0};  ///< since the proof, when the record was written
    friend bool operator==(const Visited&, const Visited&) = default;
  };
  std::vector<Visited> visited;

  [[nodiscard]] bool names(const NodeId& node) const {
    return std::any_of(visited.begin(), visited.end(),
                       [&](const Visited& one) { return one.node == node; });
  }
  friend bool operator==(const DelegationRecord&, const DelegationRecord&) = default;
};

[[nodiscard]] Bytes encode(const DelegationRecord& record);
/// Nothing if it is not one, or breaks a limit.
[[nodiscard]] std::optional<DelegationRecord> parse_delegation_record(BytesView bytes);

}  // namespace muster::wire
