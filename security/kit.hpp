// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "security/crypto.hpp"
#include "security/trust_store.hpp"

namespace muster::security {

/// A user for whom this node is a home: it registers the user's phones and signs for the user.
struct HomeUser {
  std::string aor;  ///< "sip:alice@drill.example"
  Bytes certificate_der;
  Key32 ed25519_private{};
  std::string ha1_md5;
  std::string ha1_sha256;
};

/// All that one node needs to be a member of its overlay: made by the authority, sealed under a
/// passphrase (age_file.hpp), installed into the node's state. Full of secrets: never printed.
struct Kit {
  std::string overlay;  ///< "drill.example"
  Bytes root_der;
  Key32 discovery_key{};    ///< shared by all nodes of the overlay
  std::uint32_t epoch = 1;  ///< of the discovery key
  std::string node_name;
  Bytes node_certificate_der;
  Key32 ed25519_private{};  ///< seed
  Key32 x25519_private{};
  /// DER certificates of all nodes and users known when the kit was made, this node's among them.
  std::vector<Bytes> roster;
  std::vector<HomeUser> home_users;
};

inline constexpr std::size_t kit_bytes_max = 32 * 1024 * 1024;  ///< some 70,000 certificates

[[nodiscard]] Bytes encode_kit(const Kit& kit);
/// The kit in `bytes`, well formed; `check_kit` says whether it makes sense.
[[nodiscard]] Result<Kit> decode_kit(BytesView bytes);

/// Everything fits together: root and overlay, certificates and root, private keys and
/// certificates, home users and this node.
[[nodiscard]] Result<void> check_kit(const Kit& kit);
/// What the kit's root vouches for, with the kit's own node and its roster already known. Entries
/// of the roster that do not verify are left out and counted. `pool`, `clock` and `roster` as
/// TrustStore's.
[[nodiscard]] TrustStore trust_store_of(const Kit& kit, CertificatePool* pool = nullptr,
                                        const ports::WallClock* clock = nullptr,
                                        std::shared_ptr<const TrustStore> roster = nullptr);
/// Derived from the node's key.
[[nodiscard]] NodeId node_id_of(const Kit& kit);

}  // namespace muster::security
