// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ports/random.hpp"
#include "security/certificate_issue.hpp"
#include "security/kit.hpp"
#include "sim/modelled_crypto.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

inline constexpr const char* simulated_domain = "drill.example";

/// What `muster pki` and `muster kit` make, made from a seed: an authority, a certificate for every
/// host and user of the scenario, and the kit of each host. Every host is the home of its users.
class SimulatedOverlay {
 public:
  /// Keys are those of `model` where it is given; certificates are always real ones.
  SimulatedOverlay(const Scenario& scenario, ports::Random& random,
                   ModelledCrypto* model = nullptr);

  /// Without the certificates of the others; they are in make_roster().
  [[nodiscard]] const security::Kit& kit(HostIndex host) const { return kits_[host]; }
  /// The certificates of all, checked once for all hosts; nothing where the scenario lets nodes
  /// learn them. `pool` outlives it.
  [[nodiscard]] std::shared_ptr<const security::TrustStore> make_roster(
      security::CertificatePool* pool) const;
  [[nodiscard]] NodeId node(HostIndex host) const { return nodes_[host]; }
  [[nodiscard]] static std::string password(const std::string& user) { return "secret-" + user; }

 private:
  [[nodiscard]] security::Key32 new_key();
  void add_host(const Host& host);
  [[nodiscard]] security::HomeUser home_user(const std::string& user, const std::string& home);

  [[nodiscard]] security::Key32 ed25519_public(const security::Key32& key) const;
  [[nodiscard]] security::Key32 x25519_public(const security::Key32& key) const;

  ports::Random& random_;
  ModelledCrypto* model_;
  security::Issuer issuer_;
  security::Key32 discovery_key_{};
  std::uint64_t serial_ = 1;
  std::vector<security::Kit> kits_;  ///< without their roster, which is the same for all
  std::vector<NodeId> nodes_;
  std::vector<Bytes> roster_;
};

}  // namespace muster::sim
