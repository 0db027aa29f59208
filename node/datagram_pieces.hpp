// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/link_address.hpp"
#include "core/base/time.hpp"

namespace muster::node {

/// Handshakes that carry a certificate, on links whose datagrams are smaller than that: cut, and
/// put together again. What is lost is not repeated here, since a handshake repeats itself.
///
/// A pure state machine. Pieces prove nothing, so little is kept of them and not for long; the
/// whole is treated like any datagram from there.
class DatagramPieces {
 public:
  struct Limits {
    std::size_t assemblies_max = 8;  ///< each up to pieces_max pieces of a link's datagrams
    Duration kept_for = std::chrono::minutes{2};
  };
  struct Counters {
    std::uint64_t malformed = 0;
    std::uint64_t given_up = 0;  ///< not whole in time, or pushed out
  };

  static constexpr std::size_t header_bytes = 4;
  static constexpr std::size_t pieces_max = 15;

  DatagramPieces() : DatagramPieces(Limits{}) {}
  explicit DatagramPieces(Limits limits) : limits_(limits) {}

  /// In pieces of at most `datagram_bytes_max`; nothing if that is too small for it. `number` tells
  /// one datagram of this node from the next.
  [[nodiscard]] static std::vector<Bytes> cut(BytesView datagram, std::size_t datagram_bytes_max,
                                              std::uint16_t number);
  /// A piece from a link; the whole, once this was the last that was missing.
  [[nodiscard]] std::optional<Bytes> receive(TimePoint now, const LinkPath& from, BytesView piece);

  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Assembly {
    LinkPath from;
    std::uint16_t number = 0;
    TimePoint since;
    std::vector<Bytes> pieces;
  };

  Limits limits_;
  std::deque<Assembly> assemblies_;  ///< the oldest first
  Counters counters_;
};

}  // namespace muster::node
