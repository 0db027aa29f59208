// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/link_address.hpp"
#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "node/frame_use.hpp"
#include "radio/airtime_gate.hpp"

namespace muster::node {

/// What waits for a turn on a metered link outside of the hops' own queues (beacons, handshakes,
/// broadcasts), and the gate that gives the turns.
class MeteredLink {
 public:
  struct Limits {
    std::size_t waiting_max = 32;                 ///< datagrams
    Duration kept_for = std::chrono::minutes{1};  ///< what is older was said in vain
    radio::AirtimeGate::Limits gate{};
  };
  /// Nothing in `to` means everybody on the link.
  struct Datagram {
    std::optional<LinkAddress> to;
    Bytes octets;
    Precedence precedence = Precedence::routine;
    FrameUse use{};
    TimePoint since{};
  };

  MeteredLink(const radio::LinkProfile& profile, std::size_t datagram_bytes_max, Limits limits,
              TimePoint now, std::uint64_t seed)
      : limits_(limits), gate_(profile, datagram_bytes_max, limits.gate, now, seed) {}

  /// A newer beacon or step of a handshake takes the place of one for the same that waits still.
  void submit(Datagram datagram);
  void forget_old(TimePoint now);
  /// Of the next one.
  [[nodiscard]] std::optional<Precedence> waiting() const;
  /// The next one: the oldest of the highest precedence. One must be waiting.
  [[nodiscard]] Datagram take();
  [[nodiscard]] radio::AirtimeGate& gate() { return gate_; }
  [[nodiscard]] const radio::AirtimeGate& gate() const { return gate_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::deque<Datagram>::const_iterator next() const;

  Limits limits_;
  radio::AirtimeGate gate_;
  std::deque<Datagram> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace muster::node
