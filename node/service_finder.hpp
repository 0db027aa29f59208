// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/overlay/look_ups.hpp"

namespace muster::node {

/// Questions who offers a service and how far away they are, where not all nodes are known: each
/// waits for its look-ups, then for word of each node that was found. What the directory says it
/// does not keep; only what cannot be seen there.
///
/// A pure machine without output: whoever drives it starts what is waited for.
class ServiceFinder {
 public:
  struct Limits {
    std::size_t questions_max = 16;   ///< some 3 kB each; the oldest goes
    std::size_t looked_for_max = 32;  ///< nodes of one question
    /// Longer than a look-up and a search after it take.
    Duration patience = std::chrono::seconds{25};
  };
  using Outcome = overlay::LookUps::Outcome;
  /// What came of one look-up.
  struct LookedUp {
    Outcome outcome{};
    unsigned holders = 0;  ///< of those asked
    unsigned silent = 0;   ///< of them
  };
  struct Question {
    std::string service;               ///< empty: all that are agreed
    std::set<std::uint64_t> look_ups;  ///< that are still waited for
    bool any_unknown = false;          ///< one of them did not come to an answer
    unsigned holders = 0;              ///< asked, at the one where most were
    unsigned silent = 0;               ///< likewise
    std::set<NodeId> looked_for;       ///< no word of them yet
    /// Who has answered, and how long a question there and its answer took.
    std::map<NodeId, std::optional<Duration>> met;
    TimePoint until;
    [[nodiscard]] bool done(TimePoint now) const {
      return (look_ups.empty() && looked_for.empty()) || until <= now;
    }
  };

  ServiceFinder() : ServiceFinder(Limits{}) {}
  explicit ServiceFinder(Limits limits) : limits_(limits) {}

  /// Its number, from 1.
  std::uint64_t open(TimePoint now, std::string_view service, std::set<std::uint64_t> look_ups);
  /// The question whose last look-up that was; then the nodes found are to be looked for.
  std::optional<std::uint64_t> looked_up(std::uint64_t look_up, const LookedUp& answer);
  /// Those of `nodes` that are to be looked for now.
  std::vector<NodeId> look_for(std::uint64_t question, const std::vector<NodeId>& nodes);
  /// Whether anybody waited for it.
  bool node_found(const NodeId& node, bool is_there, std::optional<Duration> round_trip);
  /// Nothing if it was never asked, or so many since.
  [[nodiscard]] const Question* find(std::uint64_t question) const;

 private:
  Limits limits_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Question> questions_;
};

}  // namespace muster::node
