// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "security/replay_window.hpp"
#include "security/secret.hpp"

namespace muster::security {

/// What a broadcast datagram is longer than its content: type, key id, low half of the counter,
/// tag.
inline constexpr std::size_t broadcast_overhead_bytes = 1 + 4 + 4 + aead_tag_bytes;

enum class BroadcastError : std::uint8_t { malformed, unknown_key, own, replayed, forged };

/// Seals what is for all neighbours once, under a random key of this node, and opens what
/// neighbours sealed under theirs. Keys are handed over inside pairwise sessions as offers.
///
/// It proves that the sender is the node that offered the key or another neighbour of that node:
/// all who can open could also have sealed. So nothing may go by broadcast that a neighbour could
/// not also have made up in its own name. The NodeId is authenticated with each frame, so nobody
/// can offer another's key as its own.
///
/// A pure state machine; what makes no sense is counted by whoever drives it. Bytes in
/// docs/protocol/session.md.
class SenderKeys {
 public:
  struct Limits {
    std::size_t senders_max = 64;  ///< about 700 octets each, two keys
    Duration rotate_after = std::chrono::minutes{60};
    std::uint64_t rotate_after_frames = std::uint64_t{1} << 20;
    /// A new key is offered for so long before it is used.
    Duration head_start = std::chrono::seconds{2};
    /// How long the former key of a neighbour still opens.
    Duration linger = std::chrono::seconds{30};
  };
  /// What neighbours must be given, in a session, before they can open anything.
  struct Offer {
    std::uint32_t key = 0;
    Bytes message;
  };
  struct Opened {
    NodeId from;
    std::uint32_t key = 0;
    Bytes content;
  };

  /// `random` makes keys and ids, and outlives this.
  SenderKeys(const NodeId& self, ports::Random& random, Limits limits);

  [[nodiscard]] Bytes seal(TimePoint now, BytesView content);
  /// The key in use, and during a rotation also the next one: for a neighbour that is new.
  [[nodiscard]] std::vector<Offer> offers() const;
  /// A new key, used at once, for when somebody has to be shut out.
  void replace(TimePoint now);

  /// An offer that came in a session with `from`. False if it makes no sense or there is no room.
  bool learn(TimePoint now, const NodeId& from, BytesView offer);
  [[nodiscard]] Result<Opened, BroadcastError> open(TimePoint now, BytesView datagram);
  /// The neighbour has restarted or is gone for good.
  void forget(const NodeId& from) { senders_.erase(from); }

  void advance(TimePoint now);
  /// A new key that all neighbours must be offered.
  [[nodiscard]] std::optional<Offer> poll() { return std::exchange(to_offer_, std::nullopt); }
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  struct OwnKey {
    std::uint32_t id = 0;
    Secret32 key;
    std::uint64_t next = 0;  ///< counter of the next frame
  };
  struct TheirKey {
    std::uint32_t id = 0;
    Secret32 key;
    std::uint64_t first = 0;  ///< what was sealed before we were given the key is old
    ReplayWindow<1024> window;
    std::optional<TimePoint> ends;  ///< of a former key
  };

  [[nodiscard]] OwnKey make();
  [[nodiscard]] static Offer offer_of(const OwnKey& key);
  [[nodiscard]] bool is_own(std::uint32_t id) const;
  [[nodiscard]] static Result<Opened, BroadcastError> open_under(const NodeId& from, TheirKey& key,
                                                                 BytesView datagram);

  NodeId self_;
  ports::Random& random_;
  Limits limits_;
  OwnKey own_;
  std::optional<OwnKey> next_;
  std::uint32_t former_id_ = 0;         ///< our own frames may come back to us late
  std::optional<TimePoint> rotate_at_;  ///< nothing while the key is unused
  std::optional<TimePoint> switch_at_;  ///< from the key in use to the next one
  std::optional<Offer> to_offer_;
  std::map<NodeId, std::vector<TheirKey>> senders_;
};

}  // namespace muster::security
