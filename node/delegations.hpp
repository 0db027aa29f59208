// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/wire/delegation_record.hpp"

namespace muster::node {

struct DelegationsLimits {
  /// Since a phone proved to be the user's; as long as a shift, for it may roam out of reach of all
  /// homes. A home that falls silent is believed that long once more at most.
  std::chrono::seconds lifetime = std::chrono::hours{8};
  /// So that the ages in what was written stay true; a proof alone is no news to anybody.
  std::chrono::seconds restated_every = std::chrono::hours{1};
};

/// For which nodes this one, a home of some users, has vouched: those at which a phone has proven
/// to be a user's. AoRs are without scheme.
///
/// A pure state machine that writes nothing itself.
class Delegations {
 public:
  using Limits = DelegationsLimits;
  explicit Delegations(Limits limits) : limits_(limits) {}

  /// A phone at `visited` has proven to be of the user. True if that is to be written at once.
  bool prove(TimePoint now, const std::string& aor, const NodeId& visited);
  /// What an earlier life of this node wrote, `written_at` or somewhat before.
  void restore(const std::string& aor, const wire::DelegationRecord& record, TimePoint written_at);
  /// What is to be written for the user now; nothing if no proof of his holds any more.
  [[nodiscard]] std::optional<wire::DelegationRecord> state(TimePoint now, const std::string& aor);
  /// Users whose records are to be written anew: their ages would be untrue.
  [[nodiscard]] std::vector<std::string> due(TimePoint now) const;
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] std::chrono::seconds lifetime() const { return limits_.lifetime; }

 private:
  struct OfUser {
    std::map<NodeId, TimePoint> proven_at;  ///< by visited node
    TimePoint restate_at;
  };
  Limits limits_;
  std::map<std::string, OfUser> users_;  ///< by AoR
};

}  // namespace muster::node
