// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"
#include "node/brief_message.hpp"
#include "security/end_to_end_wire.hpp"
#include "security/sealed_message.hpp"

namespace muster::node {

/// A user's prekey, signed by him, and the node that has its private part.
struct PrekeyAt {
  NodeId node;
  security::Prekey prekey;
};

/// What the post office asks of the directory, the certificates and the router. AoRs are without
/// scheme.
class PostDirectory : public security::MessageSenders {
 public:
  /// The other nodes at which the user has a phone.
  [[nodiscard]] virtual std::vector<NodeId> nodes_of(std::string_view aor) const = 0;
  [[nodiscard]] virtual bool reachable(const NodeId& node) const = 0;
  /// Whether the node has the user's key, and so makes prekeys for him.
  [[nodiscard]] virtual bool is_home(const NodeId& node, std::string_view aor) const = 0;
  /// Whether it is a home of the user, or a home has vouched for it: his phones may be there.
  [[nodiscard]] virtual bool may_speak_for(const NodeId& node, std::string_view aor) const = 0;
  /// The user's home nodes within reach now, but for this one.
  [[nodiscard]] virtual std::vector<NodeId> homes_of(std::string_view aor) const = 0;
  /// Users who are not at home at this node, but for whom a home has vouched for it.
  [[nodiscard]] virtual std::vector<std::string> visitors() const = 0;
  [[nodiscard]] virtual std::vector<PrekeyAt> user_prekeys(std::string_view aor) const = 0;
  /// The Ed25519 key in the user's certificate.
  [[nodiscard]] virtual std::optional<security::Key32> user_key(std::string_view aor) const = 0;
  /// The Ed25519 key in the node's certificate.
  [[nodiscard]] virtual std::optional<security::Key32> signing_key(const NodeId& node) const = 0;
  /// Whether all that is known of the node is its certificate, because it lies behind links that
  /// carry no directory: what it is told is to be brief.
  [[nodiscard]] virtual bool is_brief(const NodeId& /*node*/) const { return false; }
  /// The one user at home there whose hint begins so; nothing if there is none, or several.
  [[nodiscard]] virtual std::optional<std::string> user_at_home(const NodeId& /*home*/,
                                                                BytesView /*hint*/) const {
    return std::nullopt;
  }
};

}  // namespace muster::node
