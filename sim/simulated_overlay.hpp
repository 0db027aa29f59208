// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/ports/random.hpp"
#include "security/certificate_issue.hpp"
#include "security/kit.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

inline constexpr const char* simulated_domain = "drill.example";

/// What `muster pki` and `muster kit` make, made from a seed: an authority, a certificate for every
/// host and user of the scenario, and the kit of each host. Every host is the home of its users.
class SimulatedOverlay {
 public:
  SimulatedOverlay(const Scenario& scenario, ports::Random& random);

  [[nodiscard]] const security::Kit& kit(HostIndex host) const { return kits_[host]; }
  [[nodiscard]] static std::string password(const std::string& user) { return "secret-" + user; }

 private:
  [[nodiscard]] security::Key32 new_key();
  void add_host(const Host& host);
  [[nodiscard]] security::HomeUser home_user(const std::string& user, const std::string& home);

  ports::Random& random_;
  security::Issuer issuer_;
  security::Key32 discovery_key_{};
  std::uint64_t serial_ = 1;
  std::vector<security::Kit> kits_;
};

}  // namespace muster::sim
