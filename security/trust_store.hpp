// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.hpp"
#include "core/ports/wall_clock.hpp"
#include "security/certificate.hpp"
#include "security/certificate_pool.hpp"
#include "security/certificate_ref.hpp"
#include "security/peer_verifier.hpp"

struct x509_store_st;  // OpenSSL's X509_STORE

namespace muster::security {

/// A user whose certificate chains to the root of this overlay.
struct VerifiedUser {
  std::string aor;  ///< "sip:alice@drill.example"
  bool homes_all = false;
  std::vector<std::string> homes;  ///< names of home nodes, unless `homes_all`
  Key32 ed25519{};
  CertificateHash certificate;

  [[nodiscard]] bool has_home(std::string_view node_name) const;
};

/// Whom this overlay's root vouches for, of all that were shown to this node.
///
/// Nobody is refused for the dates in his certificate: in the field clocks are hints, and a node
/// whose clock woke up in 1970 must still let others in (docs/decisions/0010). What takes the place
/// of dates is the serial, which rises from issue to issue: once a newer certificate for
/// the same name has been seen, the older is refused.
class TrustStore final : public PeerVerifier {
 public:
  /// About 1.5 kB each, certificate included.
  struct Limits {
    std::size_t nodes_max = 4096;
    std::size_t users_max = 16384;
  };
  /// What became of certificates shown to the store.
  struct Counters {
    std::uint64_t verified = 0;
    std::uint64_t refused = 0;   ///< malformed, another overlay's, badly signed, superseded
    std::uint64_t not_kept = 0;  ///< verified, but the store was full
    /// Verified, though by this machine's clock it is too early or too late for it.
    std::uint64_t out_of_date = 0;
  };

  /// A root that is none, or another overlay's, makes a store that refuses everybody; see `usable`.
  TrustStore(BytesView root_der, std::string overlay) : TrustStore(root_der, overlay, Limits{}) {}
  /// `pool` and `clock`, if there are any, outlive this. `roster`: a store of the same root that
  /// many nodes of one process have in common; whom it knows is known here, unless a newer
  /// certificate of the same name or key was shown since.
  TrustStore(BytesView root_der, std::string overlay, Limits limits,
             CertificatePool* pool = nullptr, const ports::WallClock* clock = nullptr,
             std::shared_ptr<const TrustStore> roster = nullptr);
  ~TrustStore() override;
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;

  [[nodiscard]] bool usable() const { return store_ != nullptr; }
  [[nodiscard]] const std::string& overlay() const { return overlay_; }

  // PeerVerifier
  [[nodiscard]] std::optional<VerifiedNode> verify(BytesView certificate_der) override;
  [[nodiscard]] std::optional<VerifiedNode> known(const NodeId& id) const override;
  [[nodiscard]] std::optional<VerifiedNode> known(
      const CertificateHash& certificate) const override;

  /// As `verify`, for a user's certificate. A user verified once is known from then on.
  [[nodiscard]] std::optional<VerifiedUser> verify_user(BytesView certificate_der);
  /// A certificate of either kind, for instance from the roster of a kit; else why it is refused.
  Result<void> add(BytesView certificate_der);
  /// It is one of this overlay, be there a newer one of the same name or not. Remembers nothing.
  [[nodiscard]] bool genuine(BytesView certificate_der) const;

  [[nodiscard]] std::optional<VerifiedUser> user(std::string_view aor) const;
  /// Whose present certificate it is.
  [[nodiscard]] std::optional<VerifiedUser> user(const CertificateRef& certificate) const;
  [[nodiscard]] std::optional<VerifiedNode> node(std::string_view name) const;
  [[nodiscard]] std::vector<VerifiedNode> nodes() const;  ///< by name
  /// Whether the roster that several nodes have in common holds this very certificate.
  [[nodiscard]] bool in_roster(const CertificateHash& certificate) const;
  [[nodiscard]] std::size_t node_count() const;
  [[nodiscard]] std::vector<VerifiedUser> users() const;  ///< by AoR
  /// The DER of a known certificate, to be shown to others; empty if it is not known.
  [[nodiscard]] BytesView certificate(const CertificateHash& hash) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  template <typename Verified>
  struct Entry {
    std::uint64_t serial = 0;
    CertificatePool::Held held;
    Verified verified;
  };
  using NodeEntry = Entry<VerifiedNode>;
  using UserEntry = Entry<VerifiedUser>;
  [[nodiscard]] Result<CertificatePool::Held> accept(BytesView der) const;
  [[nodiscard]] Result<Certificate> check(BytesView der) const;
  Result<VerifiedNode> keep_node(const CertificatePool::Held& held);
  Result<VerifiedUser> keep_user(const CertificatePool::Held& held);
  void forget_node(const std::string& name);
  [[nodiscard]] const NodeEntry* node_entry(std::string_view name) const;
  [[nodiscard]] const NodeEntry* node_entry(const NodeId& id) const;
  [[nodiscard]] const UserEntry* user_entry(std::string_view aor) const;
  void count_verified(const Certificate& certificate);

  std::string overlay_;
  Limits limits_;
  CertificatePool* pool_;
  const ports::WallClock* clock_;
  CertificateHash root_;
  std::shared_ptr<const TrustStore> roster_;
  std::set<std::string, std::less<>> hidden_;  ///< nodes of the roster that are known better here
  std::shared_ptr<x509_store_st> store_;       ///< never changed once it is made
  std::map<std::string, NodeEntry, std::less<>> nodes_;                    // by name
  std::map<std::string, UserEntry, std::less<>> users_;                    // by AoR
  std::unordered_map<NodeId, std::string> names_;                          // of nodes
  std::unordered_map<CertificateHash, std::string> node_certificates_;     // to name
  std::unordered_map<CertificateHash, std::string> user_certificates_;     // to AoR
  std::unordered_map<CertificateRef, std::string> user_certificate_refs_;  // to AoR
  Counters counters_;
};

}  // namespace muster::security
