// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace muster::node {

/// What a frame on a link is for, as octets of its content. Frames are sealed: only who makes one
/// can tell. What is not carried is control: beacons, handshakes, acknowledgements and the rest
/// below.
struct FrameUse {
  std::uint32_t carried = 0;    ///< packets from node to node: what users say, and its signalling
  std::uint32_t routing = 0;    ///< messages of the router
  std::uint32_t look_up = 0;    ///< questions where a user is, and answers
  std::uint32_t directory = 0;  ///< records, and what finds out which are missing
  std::uint32_t keys = 0;       ///< sender keys of broadcasts, and word that they are heard
};

}  // namespace muster::node
