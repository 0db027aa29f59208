// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "security/beacon_seal.hpp"

namespace muster::node {

/// Questions and answers of the directory between nodes that have no session: one datagram each,
/// sealed under the overlay's discovery key as beacons are (docs/protocol/direct.md).
///
/// That proves membership of the overlay, not who of its members it was, nor that it is new: what
/// is said must prove itself, and answers are few enough that nobody is flooded with them.
class DirectDatagrams {
 public:
  struct Limits {
    std::size_t message_bytes_max = 1074;  ///< with what is around it 1,132 octets
    std::size_t cached_keys_max = 32;      ///< of senders, 48 octets each
    /// Of answers. A sender's address may be somebody else's: more than that nobody gets to hear.
    std::size_t answer_bytes_per_s = 128 * 1024;
    std::size_t answer_bytes_burst = 256 * 1024;
  };
  struct Opened {
    NodeId from;  ///< as it says itself
    Bytes message;
  };
  struct Counters {
    std::uint64_t unexpected = 0;  ///< on a link that has none
    std::uint64_t foreign = 0;     ///< not sealed with this overlay's key
    std::uint64_t malformed = 0;   ///< sealed, and yet no message
    std::uint64_t too_large = 0;   ///< to be sent
    std::uint64_t too_many = 0;    ///< answers
  };
  /// Version and NodeId in front of each message.
  static constexpr std::size_t header_bytes = 1 + NodeId::size;

  DirectDatagrams(NodeId self, const security::Key32& discovery_key, ports::Random& random)
      : DirectDatagrams(self, discovery_key, random, Limits{}) {}
  DirectDatagrams(NodeId self, const security::Key32& discovery_key, ports::Random& random,
                  Limits limits);

  /// Nothing if it does not fit a datagram of that size, or too much was answered of late.
  [[nodiscard]] std::optional<Bytes> seal(TimePoint now, BytesView message, bool is_answer,
                                          std::size_t datagram_bytes_max);
  [[nodiscard]] std::optional<Opened> open(BytesView datagram);
  /// One has come over a link that has none.
  void note_unexpected() { ++counters_.unexpected; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] bool may_answer(TimePoint now, std::size_t octets);

  NodeId self_;
  Limits limits_;
  security::BeaconSealer sealer_;
  double answer_bytes_;  ///< that may be sent at once
  TimePoint answered_at_{};
  Counters counters_;
};

}  // namespace muster::node
