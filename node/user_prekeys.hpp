// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "core/ports/state_store.hpp"
#include "security/end_to_end_wire.hpp"
#include "security/secret.hpp"

namespace muster::node {

struct UserPrekeysLimits {
  std::size_t users_max = 4096;  ///< about 400 octets each, in memory and on disk
  std::size_t per_user_max = 4;  ///< the newest, and those before it that may still be needed
  std::chrono::seconds renewed_after = std::chrono::hours{24 * 30};
  /// The longest that a message lives, and a week for those who have not heard of the successor.
  std::chrono::seconds kept_after_successor = std::chrono::hours{24 * (31 + 7)};
  Duration note_powered_on_every = std::chrono::hours{1};
};

/// The X25519 keys to which messages for the users at home here are sealed. Each is on stable
/// storage before anybody hears of it, so that what was sealed to it can be opened after a restart,
/// and erased once no living message can need it. All by powered-on time of this node, counted in
/// whole hours where it restarts: a key lives longer than said, never shorter.
///
/// A pure state machine.
class UserPrekeys {
 public:
  using Limits = UserPrekeysLimits;
  struct Counters {
    std::uint64_t made = 0;
    std::uint64_t erased = 0;
    std::uint64_t store_failures = 0;
    std::uint64_t unreadable_stored = 0;  ///< new ones were made: senders are asked to seal again
  };

  UserPrekeys(ports::StateStore& store, ports::Random& random, Limits limits)
      : store_(store), random_(random), limits_(limits) {}

  /// `users`: AoRs of those at home here; keys of others are erased.
  void start(TimePoint now, const std::vector<std::string>& users);
  /// Others than before: who is new has a key from now on, keys of those who are not named are
  /// erased. True if some user has a new key.
  bool serve(TimePoint now, const std::vector<std::string>& users);
  /// True if some user has a new key.
  bool advance(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const { return note_at_; }

  /// The one to be published; nothing if it could not be stored.
  [[nodiscard]] std::optional<security::Prekey> newest(std::string_view aor) const;
  /// All that may still open something, the newest first.
  [[nodiscard]] std::vector<security::Secret32> all(std::string_view aor) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Held {
    std::uint32_t id = 0;
    security::Secret32 private_key;
    std::uint64_t born_s = 0;
  };
  /// By AoR; the newest last. A key was superseded when its successor was born.
  using Keys = std::map<std::string, std::vector<Held>, std::less<>>;

  [[nodiscard]] std::uint64_t powered_on_s(TimePoint now) const;
  void load(BytesView stored);
  [[nodiscard]] Bytes encode(std::uint64_t now_s, const Keys& keys) const;
  /// What `keys_` should be now.
  [[nodiscard]] Keys renewed(std::uint64_t now_s) const;
  bool renew(TimePoint now);

  ports::StateStore& store_;
  ports::Random& random_;
  Limits limits_;
  std::vector<std::string> users_;
  Keys keys_;
  TimePoint started_{};
  std::uint64_t before_s_ = 0;
  std::optional<TimePoint> note_at_;
  Counters counters_;
};

}  // namespace muster::node
