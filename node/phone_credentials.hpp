// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "security/kit.hpp"
#include "sip/credential_source.hpp"
#include "sip/digest.hpp"

namespace muster::node {

/// The digest verifiers in this node's kit: of the users at home here.
class PhoneCredentials final : public sip::CredentialSource {
 public:
  explicit PhoneCredentials(const security::Kit& kit);

  [[nodiscard]] std::optional<sip::DigestVerifier> find(std::string_view user) const override;
  [[nodiscard]] bool home_here(std::string_view user) const override;

 private:
  std::map<std::string, sip::DigestVerifier, std::less<>> verifiers_;
};

}  // namespace muster::node
