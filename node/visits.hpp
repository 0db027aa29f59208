// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace muster::node {

struct VisitsLimits {
  std::size_t users_max = 256;  ///< about 100 octets each
  Duration ask_again_after = std::chrono::seconds{30};
};

/// The users with phones here who are not at home here, and for which of them a home has yet to
/// sign the prekey that this node made. AoRs are without scheme.
///
/// A pure state machine.
class Visits {
 public:
  using Limits = VisitsLimits;
  explicit Visits(Limits limits) : limits_(limits) {}

  /// False if he is here already, or there is no room for one more.
  bool arrived(TimePoint now, const std::string& aor);
  /// Forgets all but these.
  void retain(const std::vector<std::string>& aors);
  /// The user's prekey here bears his signature now.
  void signed_for(std::string_view aor);
  /// This node has made new prekeys for them.
  void renewed(TimePoint now);
  /// For whom a home is to be asked now; each is due again until it has signed.
  [[nodiscard]] std::vector<std::string> due(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] bool contains(std::string_view aor) const { return ask_at_.contains(aor); }
  [[nodiscard]] std::vector<std::string> users() const;

 private:
  Limits limits_;
  std::map<std::string, std::optional<TimePoint>, std::less<>> ask_at_;  ///< by AoR
};

}  // namespace muster::node
