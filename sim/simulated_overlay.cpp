// SPDX-License-Identifier: Apache-2.0
#include "sim/simulated_overlay.hpp"

#include "security/digest_verifier.hpp"

namespace muster::sim {
namespace {

/// Nobody enforces them without a trusted clock; the same in every run.
constexpr security::Validity validity{1'700'000'000, 2'000'000'000};

}  // namespace

SimulatedOverlay::SimulatedOverlay(const Scenario& scenario, ports::Random& random,
                                   ModelledCrypto* model)
    : random_(random), model_(model) {
  issuer_.root_private = new_key();
  issuer_.root_der = security::issue_root(simulated_domain, issuer_.root_private, validity);
  discovery_key_ = new_key();
  for (const auto& host : scenario.hosts) add_host(host);
  if (!scenario.overlay.roster_provisioned) return;
  for (const auto& kit : kits_) {
    roster_.push_back(kit.node_certificate_der);
    for (const auto& user : kit.home_users) roster_.push_back(user.certificate_der);
  }
}

std::shared_ptr<const security::TrustStore> SimulatedOverlay::make_roster(
    security::CertificatePool* pool) const {
  if (roster_.empty()) return nullptr;
  security::TrustStore::Limits limits;
  limits.nodes_max = roster_.size();
  limits.users_max = roster_.size();
  auto roster =
      std::make_shared<security::TrustStore>(issuer_.root_der, simulated_domain, limits, pool);
  for (const auto& certificate : roster_) static_cast<void>(roster->add(certificate));
  return roster;
}

security::Key32 SimulatedOverlay::new_key() {
  security::Key32 key{};
  random_.fill(key);
  return key;
}

security::Key32 SimulatedOverlay::ed25519_public(const security::Key32& key) const {
  return model_ != nullptr ? model_->ed25519_public(key) : security::ed25519_public(key);
}

security::Key32 SimulatedOverlay::x25519_public(const security::Key32& key) const {
  return model_ != nullptr ? model_->x25519_public(key) : security::x25519_public(key);
}

void SimulatedOverlay::add_host(const Host& host) {
  security::Kit kit;
  kit.overlay = simulated_domain;
  kit.root_der = issuer_.root_der;
  kit.discovery_key = discovery_key_;
  kit.node_name = host.name;
  kit.ed25519_private = new_key();
  kit.x25519_private = new_key();
  const auto node_key = ed25519_public(kit.ed25519_private);
  // The names of a scenario have passed the same rules as those of certificates.
  kit.node_certificate_der =
      security::issue_node(issuer_, ++serial_,
                           {host.name, node_key, x25519_public(kit.x25519_private)}, validity)
          .value();
  nodes_.push_back(security::node_id_of(node_key));
  if (model_ != nullptr) model_->add_certificate(kit.node_certificate_der);
  for (const auto& user : host.users) kit.home_users.push_back(home_user(user, host.name));
  kits_.push_back(std::move(kit));
}

security::HomeUser SimulatedOverlay::home_user(const std::string& user, const std::string& home) {
  security::HomeUser made;
  made.aor = "sip:" + user + '@' + simulated_domain;
  made.ed25519_private = new_key();
  made.certificate_der =
      security::issue_user(issuer_, ++serial_,
                           {user, ed25519_public(made.ed25519_private), false, {home}}, validity)
          .value();
  if (model_ != nullptr) model_->add_certificate(made.certificate_der);
  const auto verifier = security::digest_verifier(user, simulated_domain, password(user));
  made.ha1_md5 = verifier.ha1_md5;
  made.ha1_sha256 = verifier.ha1_sha256;
  return made;
}

}  // namespace muster::sim
