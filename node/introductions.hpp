// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/wire/node_record.hpp"
#include "security/kit.hpp"
#include "security/trust_store.hpp"

namespace muster::node {

/// Which certificates go through the directory: not those that all kits hold anyway, unless
/// somebody lacks them.
///
/// They are the largest of records. A node whose own kit has a roster with its certificates in it
/// takes the others' kits to have them too, and only names them in its node record. Whoever does
/// not know one that is named, or hears from a writer it has no certificate of, says in its own
/// node record whose certificates it wants; then they are published as they would have been.
///
/// A pure state machine.
class Introductions {
 public:
  struct Limits {
    std::size_t unknown_max = 64;  ///< writers nobody has introduced; 40 octets each
    /// A certificate may just be on its way.
    Duration patience = std::chrono::seconds{5};
  };

  /// `trust` outlives this. The kit still has its roster.
  Introductions(const security::Kit& kit, const security::TrustStore& trust)
      : Introductions(kit, trust, Limits{}) {}
  Introductions(const security::Kit& kit, const security::TrustStore& trust, Limits limits);

  /// Whether what the others have is all that they need to know of this node and its users.
  [[nodiscard]] bool needless() const { return !certificates_.empty(); }
  /// Fills in what the own node record says of certificates.
  void state(wire::NodeRecord& record) const;
  /// Of another node. True, once, if it wants our certificates.
  [[nodiscard]] bool heard(TimePoint now, const NodeId& writer, const wire::NodeRecord& record);
  void unknown(TimePoint now, const NodeId& writer);
  /// True if the own node record is to be written anew.
  [[nodiscard]] bool advance(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  [[nodiscard]] bool is_unknown(const NodeId& writer) const;

  NodeId self_;
  const security::TrustStore& trust_;
  Limits limits_;
  std::vector<security::CertificateRef> certificates_;  ///< of this node and its users; in all kits
  struct Unknown {
    TimePoint since;
    std::vector<security::CertificateRef> named;  ///< empty: its node record could not be read
  };
  std::map<NodeId, Unknown> unknown_;
  std::vector<NodeId> wants_;
  bool wanted_ = false;
};

}  // namespace muster::node
