// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/ids.hpp"
#include "core/base/ip_endpoint.hpp"
#include "sip/hop.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// The names that one edge goes by: the overlay's domain, the address phones use, and its name in
/// the mesh ("0123...ef.drill.example"); and what they look like in Via and Record-Route.
class EdgeNames {
 public:
  static constexpr std::string_view mesh_transport = "MUSTER";

  EdgeNames(NodeId self, std::string_view domain, IpEndpoint listen);

  /// The host is the overlay's domain or the address phones use.
  [[nodiscard]] bool is_overlay(const Uri& uri) const;
  /// A user of this overlay: is_overlay() with a user part.
  [[nodiscard]] bool is_user(const Uri& uri) const { return is_overlay(uri) && !uri.user.empty(); }
  /// This very element: no user, and one of its names; so all our own Record-Routes.
  [[nodiscard]] bool is_self(const Uri& uri) const;
  /// The node whose mesh name this is, ourselves included.
  [[nodiscard]] std::optional<NodeId> node_of(const Uri& uri) const;
  /// "alice@drill.example". An IP address as host means the overlay: phones that were told only
  /// their node's address write it so, and the node has vouched for them.
  [[nodiscard]] std::string aor_of(const Uri& uri) const;

  [[nodiscard]] Via via_towards(const Hop& hop, const std::string& branch) const;
  /// The Record-Route value for the side of `hop`.
  [[nodiscard]] std::string record_route_for(const Hop& hop) const;
  /// Whether the Via was put there by this edge.
  [[nodiscard]] bool is_own_via(const Via& via) const;
  [[nodiscard]] std::string mesh_name(const NodeId& node) const {
    return node.hex() + '.' + domain_;
  }
  [[nodiscard]] const std::string& domain() const { return domain_; }

 private:
  [[nodiscard]] std::string listen_host() const;

  NodeId self_;
  std::string domain_;
  IpEndpoint listen_;
};

}  // namespace muster::sip
