// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/ports/seen_store.hpp"

namespace muster::dtn {

struct SeenMessagesLimits {
  std::size_t entries_max = 100000;  ///< some 150 octets each
  std::size_t identity_bytes_max = 64;
  /// By powered-on time; twice what a message lives by default.
  std::chrono::seconds remembered = std::chrono::hours{24 * 14};
};

/// Which messages were already shown to their user, so that a copy that comes again (its receipt
/// was lost, its carrier restarted) is acknowledged and not shown.
///
/// Time counts from the last one marked before a restart, so what happened between that and
/// the power cut makes entries live longer, never shorter.
class SeenMessages {
 public:
  using Limits = SeenMessagesLimits;

  explicit SeenMessages(ports::SeenStore& store, Limits limits = {})
      : store_(store), limits_(limits) {}

  void start(TimePoint now);
  [[nodiscard]] bool seen(std::string_view identity) const {
    return by_identity_.contains(identity);
  }
  /// True once it is remembered on stable storage. False if it could not be: then it is remembered
  /// until the power goes, and stored with the next mark for which there is room.
  [[nodiscard]] bool mark(TimePoint now, std::string_view identity);
  [[nodiscard]] std::size_t size() const { return by_identity_.size(); }

 private:
  [[nodiscard]] std::uint64_t powered_on_s(TimePoint now) const;
  void forget_old(std::uint64_t now_s);
  void store_what_could_not_be();

  ports::SeenStore& store_;
  Limits limits_;
  TimePoint started_{};
  std::uint64_t before_s_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> by_identity_;
  std::deque<std::string> order_;                ///< oldest first
  std::set<std::string, std::less<>> unstored_;  ///< of those, the ones only in memory
};

}  // namespace muster::dtn
