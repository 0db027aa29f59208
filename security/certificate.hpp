// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "security/crypto.hpp"

/// Muster's profile of X.509 (docs/protocol/kit.md): what a certificate says. Whether to believe it
/// is for TrustStore.
namespace muster::security {

inline constexpr std::size_t certificate_bytes_max = 4096;  ///< looked at before parsing
inline constexpr std::size_t homes_max = 32;                ///< home nodes of one user

/// Seconds since 1970, UTC. Written into certificates; nobody enforces them without a trusted
/// clock.
struct Validity {
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;

  [[nodiscard]] bool covers(std::int64_t unix_s) const {
    return not_before <= unix_s && unix_s <= not_after;
  }
};

struct RootSubject {};

struct NodeSubject {
  std::string name;
  NodeId id;       ///< as written in the certificate, and equal to the one that its key gives
  Key32 x25519{};  ///< the node's Noise static public key
};

struct UserSubject {
  std::string user;                ///< "alice"
  bool homes_all = false;          ///< every node of the overlay is a home
  std::vector<std::string> homes;  ///< else the names of the home nodes, at least one
};

struct Certificate {
  std::string overlay;
  /// Rises from issue to issue: of two certificates for one name the greater serial is the newer,
  /// whatever the clocks said.
  std::uint64_t serial = 0;
  Key32 ed25519{};
  CertificateHash hash;
  Validity validity;
  std::variant<RootSubject, NodeSubject, UserSubject> subject;
};

/// The certificate in `der`, if it is one of Muster's profile to the last octet. Checks no
/// signature but that of a root on itself.
[[nodiscard]] Result<Certificate> read_certificate(BytesView der);

/// First 16 octets of SHA-256 over the SubjectPublicKeyInfo (RFC 8410) of an Ed25519 key.
[[nodiscard]] NodeId node_id_of(const Key32& ed25519_public);
/// SHA-256 of the DER.
[[nodiscard]] CertificateHash certificate_hash_of(BytesView der);

}  // namespace muster::security
