// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "security/sender_keys.hpp"

namespace muster::node {

/// Broadcasts to neighbours: hands over sender keys, and knows which neighbours hear us.
///
/// A neighbour reached by a static address, or over a network that swallows broadcasts, hears
/// nothing and cannot say so: therefore neighbours confirm what they hear, and those that do not
/// confirm are served one by one.
///
/// A pure state machine; what makes no sense is counted and dropped.
class Broadcasts {
 public:
  struct Limits {
    security::SenderKeys::Limits keys{};
    unsigned trials_max = 8;  ///< broadcasts without a confirmation until a neighbour is given up
    Duration trial_spacing = std::chrono::seconds{1};  ///< what follows sooner is the same trial
    Duration tried_again_after = std::chrono::minutes{10};
    unsigned trials_alone = 3;  ///< of these, how many go without a frame of the neighbour's own
    /// How long a confirmation counts, and how often one is sent while we hear somebody.
    Duration confirmed_for = std::chrono::minutes{10};
    Duration confirm_every = std::chrono::minutes{4};
  };
  /// For this neighbour, in its session, on HopChannel::sender_key.
  struct Tell {
    NodeId to;
    Bytes message;
  };
  struct Counters {
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
    std::uint64_t unicasts_saved = 0;  ///< neighbours that needed no frame of their own
    std::uint64_t unknown_keys = 0;    ///< of nodes whose key we were not given (yet)
    std::uint64_t repeated = 0;        ///< on two address families, or by somebody else
    std::uint64_t forged = 0;
    std::uint64_t malformed = 0;     ///< broadcasts and what was told about keys
    std::uint64_t keys_refused = 0;  ///< more senders than there is room for
  };

  /// `random` outlives this.
  Broadcasts(const NodeId& self, ports::Random& random, Limits limits)
      : limits_(limits), keys_(self, random, limits.keys) {}

  /// A neighbour that knows nothing of us: new, or restarted.
  void neighbour_new(const NodeId& peer);
  void neighbour_gone(const NodeId& peer);
  /// What a neighbour told us on HopChannel::sender_key.
  void receive_told(TimePoint now, const NodeId& from, LinkId link, BytesView message);

  /// Whether that neighbour hears what is broadcast on that link.
  [[nodiscard]] bool hears(TimePoint now, const NodeId& peer, LinkId link) const;
  /// Whether it is worth finding out by broadcasting.
  [[nodiscard]] bool may_hear(TimePoint now, const NodeId& peer, LinkId link) const;
  /// Whether it may be spared a frame of its own: it hears, or has been tried too little to tell.
  /// Those asked first mostly say so before the next.
  [[nodiscard]] bool presumed_to_hear(TimePoint now, const NodeId& peer, LinkId link) const;
  /// A broadcast that went out on the peer's link; those who have not confirmed are one trial on.
  void tried(TimePoint now, const NodeId& peer, LinkId link);

  [[nodiscard]] Bytes seal(TimePoint now, BytesView content);
  [[nodiscard]] std::optional<security::SenderKeys::Opened> open(TimePoint now, BytesView datagram);

  void advance(TimePoint now);
  [[nodiscard]] std::optional<Tell> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return keys_.deadline(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Peer {
    LinkId link{};  ///< where it heard us, or was tried
    unsigned trials = 0;
    TimePoint tried{};
    std::optional<TimePoint> confirmed;  ///< it heard us
    std::uint32_t heard_key = 0;
    std::optional<TimePoint> told;  ///< we said that we hear it
  };
  void offer(const NodeId& to, const security::SenderKeys::Offer& offer);

  Limits limits_;
  security::SenderKeys keys_;
  std::map<NodeId, Peer> peers_;
  std::deque<Tell> outputs_;
  Counters counters_;
};

}  // namespace muster::node
