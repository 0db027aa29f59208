// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "node/frame_use.hpp"

namespace muster::sim {

/// What hosts sent, by what it was for: where a frame carries several things, it counts for the
/// first of them in the order of the enumeration.
class TrafficBook {
 public:
  enum class What : std::uint8_t {
    beacons,
    handshakes,
    packets,    ///< from node to node: what users say, and its signalling
    routing,    ///< messages of the router
    look_ups,   ///< questions to neighbours where a user is, and their answers
    directory,  ///< records, and what finds out which are missing
    keys,       ///< sender keys of broadcasts, and word that they are heard
    empty,      ///< acknowledgements alone, and questions whether somebody is there
  };
  static constexpr std::size_t whats = 8;
  static constexpr std::array<std::string_view, whats> names{
      "beacons", "handshakes", "packets", "routing", "look_ups", "directory", "keys", "empty"};
  struct Each {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;  ///< of whole datagrams, without what the medium puts around them
  };
  using Totals = std::array<Each, whats>;

  void sent(BytesView datagram, const node::FrameUse& use) {
    Each& each = totals_[static_cast<std::size_t>(what(datagram, use))];
    ++each.frames;
    each.bytes += datagram.size();
  }
  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  [[nodiscard]] static What what(BytesView datagram, const node::FrameUse& use);

  Totals totals_{};
};

/// What was sent since `before`.
[[nodiscard]] TrafficBook::Totals difference(TrafficBook::Totals now,
                                             const TrafficBook::Totals& before);

}  // namespace muster::sim
