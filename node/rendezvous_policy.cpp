// SPDX-License-Identifier: Apache-2.0
// Who may write what, and who wants to hold it: RELOAD's access policies over certificates.
#include <algorithm>

#include "core/wire/delegation_record.hpp"
#include "core/wire/service_record.hpp"
#include "node/aor_uri.hpp"
#include "node/rendezvous.hpp"

namespace muster::node {
namespace {

using overlay::Kind;

// Homes and visited nodes of one user that are told of all his phones.
constexpr std::size_t concerned_max = 16;

}  // namespace

/// A node writes of itself (NODE-MATCH), a home node of its users' phones (USER-NODE-MATCH) and of
/// the nodes that they visit, such a node of their phones there, anybody that he himself offers a
/// service, and anybody passes on a certificate, which proves itself.
bool Rendezvous::Policy::may_write(std::uint16_t kind, std::string_view resource,
                                   const NodeId& writer) {
  switch (static_cast<Kind>(kind)) {
    case Kind::node:
      return resource == writer.hex();
    case Kind::prekey:
      return resource == writer.hex() || may_bind(writer, resource);
    case Kind::certificate:
      return CertificateHash::from_hex(resource).has_value();
    case Kind::delegation:
      return is_home(writer, resource);
    case Kind::sip_binding:
      return may_bind(writer, resource);
    case Kind::service:
      return wire::is_service_name(resource);
    default:
      return false;
  }
}

/// All that is said of one user lies together, at the place of his AoR.
std::optional<std::string> Rendezvous::Policy::placed_at(std::uint16_t kind,
                                                         std::string_view resource,
                                                         BytesView value) {
  switch (static_cast<Kind>(kind)) {
    case Kind::sip_binding:
    case Kind::presence:
    case Kind::delegation:
      return std::string{resource};
    case Kind::prekey:
      if (resource.find('@') == std::string_view::npos) return std::nullopt;
      return std::string{resource};
    case Kind::certificate: {
      const auto certificate = security::read_certificate(value);
      if (!certificate) return std::nullopt;
      const auto* user = std::get_if<security::UserSubject>(&certificate->subject);
      if (user == nullptr) return std::nullopt;
      return user->user + '@' + certificate->overlay;
    }
    default:
      return std::nullopt;
  }
}

/// Names of services are no AoRs, so they share no place with what is said of users.
std::optional<std::string> Rendezvous::Policy::searched_at(std::uint16_t kind,
                                                           std::string_view resource) {
  if (static_cast<Kind>(kind) != Kind::service) return std::nullopt;
  return std::string{resource};
}

std::vector<NodeId> Rendezvous::Policy::concerned(std::string_view aor) {
  std::vector<NodeId> nodes;
  const auto user = trust_.user(with_scheme(aor));
  if (!user) return nodes;
  if (!user->homes_all) {
    for (const auto& home : user->homes) {
      const auto node = trust_.node(home);
      if (node && nodes.size() < concerned_max) nodes.push_back(node->id);
    }
  }
  for (const auto& held : directory_->find(Kind::delegation, aor)) {
    const auto record = wire::parse_delegation_record(held.value);
    if (!record || !is_home(held.writer, aor)) continue;
    for (const auto& visited : record->visited) {
      const bool known = std::find(nodes.begin(), nodes.end(), visited.node) != nodes.end();
      if (!known && nodes.size() < concerned_max) nodes.push_back(visited.node);
    }
  }
  return nodes;
}

bool Rendezvous::Policy::is_home(const NodeId& writer, std::string_view aor) const {
  const auto user = trust_.user(with_scheme(aor));
  const auto node = trust_.known(writer);
  return user && node && user->has_home(node->name);
}

bool Rendezvous::Policy::may_bind(const NodeId& writer, std::string_view aor) const {
  if (is_home(writer, aor)) return true;
  for (const auto& held : directory_->find(Kind::delegation, aor)) {
    if (!is_home(held.writer, aor)) continue;  // no longer
    const auto record = wire::parse_delegation_record(held.value);
    if (record && record->names(writer)) return true;
  }
  return false;
}

/// A writer nobody has heard of may introduce itself: a certificate record that it signed with the
/// key in the very certificate.
bool Rendezvous::Policy::verify(const NodeId& writer, BytesView text, BytesView signature) {
  if (const auto known = trust_.known(writer)) {
    return security::ed25519_verify(known->ed25519, text, signature);
  }
  const std::size_t label_bytes = overlay::Record::signed_text({}).size();
  if (text.size() < label_bytes) return false;
  const auto record = overlay::Record::parse(text.subspan(label_bytes), signature);
  if (!record || record->key().kind != Kind::certificate) {
    if (unknown_.size() < unknown_max) unknown_.push_back(writer);
    return false;
  }
  const auto certificate = security::read_certificate(record->value());
  if (!certificate) return false;
  const auto* subject = std::get_if<security::NodeSubject>(&certificate->subject);
  if (subject == nullptr || subject->id != writer ||
      !security::ed25519_verify(certificate->ed25519, text, signature)) {
    return false;
  }
  return trust_.verify(record->value()).has_value();
}

/// Else a member could fill the directory of everybody with what only looks like certificates, and
/// have people read anything.
bool Rendezvous::Policy::sound(std::uint16_t kind, std::string_view resource, BytesView value) {
  if (static_cast<Kind>(kind) == Kind::service)
    return wire::parse_service_record(value).has_value();
  if (static_cast<Kind>(kind) != Kind::certificate) return true;
  const auto hash = security::certificate_hash_of(value);
  return hash.hex() == resource && (!trust_.certificate(hash).empty() || trust_.genuine(value));
}

}  // namespace muster::node
