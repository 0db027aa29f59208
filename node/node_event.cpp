// SPDX-License-Identifier: Apache-2.0
#include "node/node_event.hpp"

#include <algorithm>
#include <array>

namespace muster::node {
namespace {

/// In the order of the enumeration. The names are read by scripts and stand in journals: they are
/// only ever added to.
constexpr std::array<std::string_view, 16> names{
    "registered",       "unregistered",      "call_offered",   "call_answered",
    "call_ended",       "message_delivered", "message_stored", "message_expired",
    "refused",          "neighbour_up",      "neighbour_down", "node_reachable",
    "node_unreachable", "link_up",           "link_down",      "identity_cloned"};
static_assert(names.size() == static_cast<std::size_t>(NodeEvent::Kind::identity_cloned) + 1);

}  // namespace

std::string_view to_string(NodeEvent::Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < names.size() ? names[index] : "unknown";
}

std::optional<NodeEvent::Kind> event_kind(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<NodeEvent::Kind>(found - names.begin());
}

bool is_of_users(NodeEvent::Kind kind) { return kind <= NodeEvent::Kind::refused; }

}  // namespace muster::node
