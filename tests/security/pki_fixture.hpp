// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <stdexcept>

#include "security/certificate_issue.hpp"
#include "security/identity_names.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::test {

/// An authority in memory, repeatable.
class TestAuthority {
 public:
  explicit TestAuthority(std::string overlay = "drill.example", std::uint64_t seed = 1)
      : overlay_(std::move(overlay)), random_(seed) {
    issuer_.root_private = key();
    issuer_.root_der = security::issue_root(overlay_, issuer_.root_private, validity_);
  }

  struct Node {
    security::Key32 ed25519_private{};
    security::Key32 x25519_private{};
    Bytes der;
  };
  struct User {
    security::Key32 ed25519_private{};
    Bytes der;
  };

  security::Key32 key() {
    security::Key32 out{};
    random_.fill(out);
    return out;
  }
  Node node(const std::string& name) {
    Node node{key(), key(), {}};
    node.der = *security::issue_node(issuer_, ++serial_,
                                     {name, security::ed25519_public(node.ed25519_private),
                                      security::x25519_public(node.x25519_private)},
                                     validity_);
    return node;
  }
  /// No homes means all.
  User user(const std::string& name, std::vector<std::string> homes = {}) {
    User user{key(), {}};
    user.der = *security::issue_user(
        issuer_, ++serial_,
        {name, security::ed25519_public(user.ed25519_private), homes.empty(), homes}, validity_);
    return user;
  }

  /// `der` with the only occurrence of `from` replaced by `to` (of the same size), signed again: a
  /// certificate that the authority would never make.
  Bytes forged(Bytes der, const Bytes& from, const Bytes& to) const {
    const auto at = std::search(der.begin(), der.end(), from.begin(), from.end());
    if (at == der.end() || from.size() != to.size()) throw std::logic_error("nothing to forge");
    std::copy(to.begin(), to.end(), at);
    // SEQUENCE { tbsCertificate, algorithm (7 octets), BIT STRING (3 octets, then the signature) }
    const BytesView tbs = BytesView{der}.subspan(4, der.size() - 4 - 7 - 3 - 64);
    const auto signature = security::ed25519_sign(issuer_.root_private, tbs);
    std::copy(signature.begin(), signature.end(), der.end() - 64);
    return der;
  }

  [[nodiscard]] const Bytes& root() const { return issuer_.root_der; }
  [[nodiscard]] const security::Issuer& issuer() const { return issuer_; }
  [[nodiscard]] const std::string& overlay() const { return overlay_; }
  security::Validity validity_{1'700'000'000, 2'000'000'000};

 private:
  std::string overlay_;
  SeededTestRandom random_;
  security::Issuer issuer_;
  std::uint64_t serial_ = 1;
};

}  // namespace muster::test
