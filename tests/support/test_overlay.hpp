// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "security/certificate_issue.hpp"
#include "security/digest_verifier.hpp"
#include "security/kit.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::test {

/// The overlay "drill.example" with nodes host-1, host-2, ... and one user at home on each: alice,
/// bob, carol, dave, then user-5 and so on. Keys are made from the seed; SIP passwords are
/// "secret-" and the user's name. `more_homes`: further home nodes of users, both counted from 0.
class TestOverlay {
 public:
  using MoreHomes = std::map<std::size_t, std::vector<std::size_t>>;
  explicit TestOverlay(std::size_t nodes, std::uint64_t seed = 1, const MoreHomes& more_homes = {})
      : random_(seed) {
    const security::Key32 root_private = key();
    const security::Key32 discovery = key();
    const Bytes root = security::issue_root(overlay, root_private, validity_);
    const security::Issuer issuer{root, root_private};
    std::uint64_t serial = 2;
    std::vector<Bytes> roster;
    for (std::size_t i = 0; i < nodes; ++i) {
      security::Kit kit;
      kit.overlay = overlay;
      kit.root_der = root;
      kit.discovery_key = discovery;
      kit.node_name = "host-" + std::to_string(i + 1);
      kit.ed25519_private = key();
      kit.x25519_private = key();
      kit.node_certificate_der =
          security::issue_node(issuer, serial++,
                               {kit.node_name, security::ed25519_public(kit.ed25519_private),
                                security::x25519_public(kit.x25519_private)},
                               validity_)
              .value();
      roster.push_back(kit.node_certificate_der);
      std::vector<std::string> homes{kit.node_name};
      if (const auto more = more_homes.find(i); more != more_homes.end()) {
        for (const auto home : more->second) homes.push_back("host-" + std::to_string(home + 1));
      }
      kit.home_users.push_back(home_user(issuer, serial++, user(i), homes));
      roster.push_back(kit.home_users[0].certificate_der);
      kits.push_back(std::move(kit));
    }
    for (const auto& [index, homes] : more_homes) {
      for (const auto home : homes) kits[home].home_users.push_back(kits[index].home_users[0]);
    }
    for (auto& kit : kits) kit.roster = roster;
  }

  [[nodiscard]] static std::string user(std::size_t index) {
    static const char* const names[] = {"alice", "bob", "carol", "dave"};
    return index < 4 ? names[index] : "user-" + std::to_string(index + 1);
  }

  const std::string overlay = "drill.example";
  std::vector<security::Kit> kits;

 private:
  security::Key32 key() {
    security::Key32 made{};
    random_.fill(made);
    return made;
  }

  security::HomeUser home_user(const security::Issuer& issuer, std::uint64_t serial,
                               const std::string& name, const std::vector<std::string>& homes) {
    security::HomeUser made;
    made.aor = "sip:" + name + "@" + overlay;
    made.ed25519_private = key();
    made.certificate_der =
        security::issue_user(issuer, serial,
                             {name, security::ed25519_public(made.ed25519_private), false, homes},
                             validity_)
            .value();
    const auto verifier = security::digest_verifier(name, overlay, "secret-" + name);
    made.ha1_md5 = verifier.ha1_md5;
    made.ha1_sha256 = verifier.ha1_sha256;
    return made;
  }

  SeededTestRandom random_;
  security::Validity validity_{1'700'000'000, 2'000'000'000};
};

}  // namespace muster::test
