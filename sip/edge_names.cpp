// SPDX-License-Identifier: Apache-2.0
#include "sip/edge_names.hpp"

#include "sip/scanner.hpp"

namespace muster::sip {

namespace {
constexpr std::size_t node_digits = 2 * NodeId::size;
}

EdgeNames::EdgeNames(NodeId self, std::string_view domain, IpEndpoint listen)
    : self_(self), domain_(lower(domain)), listen_(listen) {}

bool EdgeNames::is_overlay(const Uri& uri) const {
  if (!uri.is_sip()) return false;
  if (lower(uri.host) == domain_) return true;
  return uri.ip_endpoint() == listen_;
}

bool EdgeNames::is_self(const Uri& uri) const {
  return uri.user.empty() && (is_overlay(uri) || node_of(uri) == self_);
}

std::optional<NodeId> EdgeNames::node_of(const Uri& uri) const {
  const std::string host = lower(uri.host);
  if (!uri.is_sip() || host.size() != node_digits + 1 + domain_.size()) return std::nullopt;
  if (host[node_digits] != '.' || !host.ends_with(domain_)) return std::nullopt;
  return NodeId::from_hex(std::string_view{host}.substr(0, node_digits));
}

std::string EdgeNames::aor_of(const Uri& uri) const {
  if (!uri.is_sip()) return uri.str();
  const bool overlay = is_overlay(uri) || host_address(uri.host);
  return uri.user_text() + '@' + (overlay ? domain_ : lower(uri.host));
}

std::string EdgeNames::listen_host() const {
  return listen_.address.v6 ? '[' + listen_.address.text() + ']' : listen_.address.text();
}

Via EdgeNames::via_towards(const Hop& hop, const std::string& branch) const {
  Via via;
  if (std::holds_alternative<NodeId>(hop)) {
    via.transport = mesh_transport;
    via.host = mesh_name(self_);
  } else {
    const bool tcp = std::get<PhoneAddress>(hop).transport == PhoneTransport::tcp;
    via.transport = tcp ? "TCP" : "UDP";
    via.host = listen_host();
    via.port = listen_.port;
  }
  via.params.set("branch", branch);
  if (via.port) via.params.set("rport", std::nullopt);
  return via;
}

std::string EdgeNames::record_route_for(const Hop& hop) const {
  if (std::holds_alternative<NodeId>(hop)) {
    return "<sip:" + mesh_name(self_) + ";transport=" + std::string{mesh_transport} + ";lr>";
  }
  const bool tcp = std::get<PhoneAddress>(hop).transport == PhoneTransport::tcp;
  return "<sip:" + listen_.text() + (tcp ? ";transport=tcp;lr>" : ";lr>");
}

bool EdgeNames::is_own_via(const Via& via) const {
  if (same(via.transport, mesh_transport)) return lower(via.host) == mesh_name(self_);
  return host_address(via.host) == listen_.address && via.port.value_or(5060) == listen_.port;
}

}  // namespace muster::sip
