// SPDX-License-Identifier: Apache-2.0
#include "node/phone_credentials.hpp"

namespace muster::node {

PhoneCredentials::PhoneCredentials(const security::Kit& kit) {
  for (const auto& user : kit.home_users) {
    const std::size_t begin = user.aor.starts_with("sip:") ? 4 : 0;
    verifiers_[user.aor.substr(begin, user.aor.find('@') - begin)] = {user.ha1_md5,
                                                                      user.ha1_sha256};
  }
}

std::optional<sip::DigestVerifier> PhoneCredentials::find(std::string_view user) const {
  const auto found = verifiers_.find(user);
  return found == verifiers_.end() ? std::nullopt : std::optional{found->second};
}

bool PhoneCredentials::home_here(std::string_view user) const { return verifiers_.contains(user); }

}  // namespace muster::node
