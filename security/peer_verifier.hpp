// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "security/crypto.hpp"

namespace muster::security {

/// A node whose certificate chains to the root of this overlay and is not revoked.
struct VerifiedNode {
  NodeId id;
  std::string name;  ///< within the overlay, for people: "host-1"
  Key32 ed25519{};   ///< what it signs with; `id` is derived from this key
  Key32 x25519{};    ///< its static key in Noise handshakes
  CertificateHash certificate;
};

/// What sessions ask of the trust store.
class PeerVerifier {
 public:
  virtual ~PeerVerifier() = default;

  /// The node that this certificate (DER) speaks of; nothing unless chain, overlay and revocations
  /// allow it. A node verified once is known from then on.
  [[nodiscard]] virtual std::optional<VerifiedNode> verify(BytesView certificate_der) = 0;
  [[nodiscard]] virtual std::optional<VerifiedNode> known(const NodeId& id) const = 0;
  [[nodiscard]] virtual std::optional<VerifiedNode> known(
      const CertificateHash& certificate) const = 0;
};

}  // namespace muster::security
