// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/ids.hpp"
#include "security/crypto.hpp"
#include "security/end_to_end_wire.hpp"

namespace muster::security {

/// A key to which messages for one user are sealed, kept by one node where he is at home, and the
/// user's own word for it: a node cannot make one for somebody who is not.
struct UserPrekey {
  Prekey prekey;
  Signature64 user_signature{};
};

/// `aor` without scheme; `node` keeps the private part.
[[nodiscard]] UserPrekey sign_user_prekey(const Key32& user_private, std::string_view aor,
                                          const NodeId& node, const Prekey& prekey);
[[nodiscard]] bool verify_user_prekey(const Key32& user_public, std::string_view aor,
                                      const NodeId& node, const UserPrekey& prekey);

}  // namespace muster::security
