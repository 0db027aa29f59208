// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/ip_endpoint.hpp"

namespace muster::sip {

/// The UDP ports at which a node receives the media of its phones. What arrives at them is given
/// to MediaAnchor::receive_rtp.
class MediaSockets {
 public:
  virtual ~MediaSockets() = default;
  /// Opens an even port for RTP and the one above it for RTCP; the even one is returned. Nothing
  /// if none is left.
  virtual std::optional<std::uint16_t> open_pair() = 0;
  /// Closes both ports of the pair.
  virtual void close_pair(std::uint16_t rtp_port) = 0;
  /// Whether whoever sends from that address runs on this machine.
  [[nodiscard]] virtual bool is_of_this_machine(const IpAddress& address) const {
    return address.is_loopback();
  }
};

}  // namespace muster::sip
