// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace muster::node {

/// What a frame on a link is for, as octets of its content. Frames are sealed: only who makes one
/// can tell. What is neither is control: beacons, handshakes, acknowledgements, the directory.
struct FrameUse {
  std::uint32_t carried = 0;  ///< packets from node to node: what users say, and its signalling
  std::uint32_t routing = 0;  ///< messages of the router
  std::uint32_t look_up = 0;  ///< questions where a user is, and answers
};

}  // namespace muster::node
