// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/base/ids.hpp"

namespace muster::sip {

/// What the edge asks of the directory and the router. AoRs are "alice@drill.example": lower-case
/// host, no scheme.
class Locator {
 public:
  virtual ~Locator() = default;
  /// The other nodes at which the user has a live binding; reachable ones first.
  [[nodiscard]] virtual std::vector<NodeId> nodes_of(std::string_view aor) const = 0;
  /// Whether the overlay has such a user, registered or not.
  [[nodiscard]] virtual bool user_exists(std::string_view aor) const = 0;
  /// Whether the mesh has a route to the node now.
  [[nodiscard]] virtual bool reachable(const NodeId& node) const = 0;
  /// The user's home nodes within reach now, but for this one; always in the same order.
  [[nodiscard]] virtual std::vector<NodeId> homes_of(std::string_view aor) const = 0;
  /// Whether `node` is a home of the user, or one that a home has vouched for, so that it may hold
  /// bindings of his and a request with his AoR in From may come from there.
  [[nodiscard]] virtual bool may_speak_for(const NodeId& node, std::string_view aor) const = 0;
  /// Whether a phone of the user at another node can answer while the asker waits. If not, a
  /// MESSAGE is kept at once, and goes in the form that costs least.
  [[nodiscard]] virtual bool may_answer_soon(std::string_view /*aor*/) const { return true; }
};

}  // namespace muster::sip
