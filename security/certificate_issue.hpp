// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.hpp"
#include "security/certificate.hpp"

/// What the overlay's authority signs. Names must have passed identity_names.hpp.
namespace muster::security {

/// The root as a signer.
struct Issuer {
  Bytes root_der;
  Key32 root_private{};
};

struct NodeRequest {
  std::string name;
  Key32 ed25519_public{};
  Key32 x25519_public{};
};
struct UserRequest {
  std::string user;
  Key32 ed25519_public{};
  bool homes_all = false;
  std::vector<std::string> homes;  ///< read unless `homes_all`; 1 to `homes_max`
};

/// A root that signs itself, with serial 1.
[[nodiscard]] Bytes issue_root(const std::string& overlay, const Key32& root_private,
                               const Validity& validity);
/// DER; a failure if the issuer is no root with this key or the request holds a bad name.
/// `serial` must rise from call to call.
[[nodiscard]] Result<Bytes> issue_node(const Issuer& issuer, std::uint64_t serial,
                                       const NodeRequest& request, const Validity& validity);
[[nodiscard]] Result<Bytes> issue_user(const Issuer& issuer, std::uint64_t serial,
                                       const UserRequest& request, const Validity& validity);

}  // namespace muster::security
