// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "sip/digest.hpp"

namespace muster::sip {

/// What the edge asks of the node's kit about the users whose phones may register here.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// `user` is the user part of the AoR. Nothing if this node does not hold his verifiers.
  [[nodiscard]] virtual std::optional<DigestVerifier> find(std::string_view user) const = 0;
  /// Whether this node is one of the user's home nodes.
  [[nodiscard]] virtual bool home_here(std::string_view user) const = 0;
};

}  // namespace muster::sip
