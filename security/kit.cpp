// SPDX-License-Identifier: Apache-2.0
#include "security/kit.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace muster::security {
namespace {

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && from_hex(text).has_value();
}

Result<void> check_node(const Kit& kit, TrustStore& trust) {
  if (const auto added = trust.add(kit.node_certificate_der); !added) {
    return fail(fmt::format("the kit's own node: {}", added.error().sentence));
  }
  const auto node = trust.known(certificate_hash_of(kit.node_certificate_der));
  if (!node || node->name != kit.node_name) {
    return fail(fmt::format("the kit's certificate is not of node {}", kit.node_name));
  }
  if (node->ed25519 != ed25519_public(kit.ed25519_private) ||
      node->x25519 != x25519_public(kit.x25519_private)) {
    return fail(fmt::format("the kit's keys are not those of node {}", kit.node_name));
  }
  return {};
}

Result<void> check_home_user(const Kit& kit, const HomeUser& user, TrustStore& trust) {
  const auto verified = trust.verify_user(user.certificate_der);
  if (!verified || verified->aor != user.aor ||
      verified->ed25519 != ed25519_public(user.ed25519_private)) {
    return fail(fmt::format("the kit's certificate and key for user {} do not fit", user.aor));
  }
  if (!verified->has_home(kit.node_name)) {
    return fail(fmt::format("node {} is no home of user {}", kit.node_name, user.aor));
  }
  if (!is_hex(user.ha1_md5, 32) || !is_hex(user.ha1_sha256, 64)) {
    return fail(fmt::format("the kit lacks the digest verifiers of user {}", user.aor));
  }
  return {};
}

}  // namespace

Result<void> check_kit(const Kit& kit) {
  TrustStore trust{kit.root_der, kit.overlay};
  if (!trust.usable()) {
    return fail(fmt::format("the kit's root certificate is not that of overlay {}", kit.overlay));
  }
  if (const auto node = check_node(kit, trust); !node) return node;
  for (const auto& user : kit.home_users) {
    if (const auto checked = check_home_user(kit, user, trust); !checked) return checked;
  }
  return {};
}

TrustStore trust_store_of(const Kit& kit, CertificatePool* pool, const ports::WallClock* clock,
                          std::shared_ptr<const TrustStore> roster) {
  TrustStore::Limits limits;
  // What the authority has written into the kit is not for strangers to push out.
  limits.nodes_max = std::max(limits.nodes_max, kit.roster.size());
  limits.users_max = std::max(limits.users_max, kit.roster.size());
  TrustStore trust{kit.root_der, kit.overlay, limits, pool, clock, std::move(roster)};
  // A certificate that is refused here (superseded, for instance) is counted by the store.
  static_cast<void>(trust.add(kit.node_certificate_der));
  for (const auto& user : kit.home_users) static_cast<void>(trust.add(user.certificate_der));
  for (const auto& certificate : kit.roster) static_cast<void>(trust.add(certificate));
  return trust;
}

NodeId node_id_of(const Kit& kit) { return node_id_of(ed25519_public(kit.ed25519_private)); }

}  // namespace muster::security
