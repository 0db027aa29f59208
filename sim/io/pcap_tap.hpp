// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/io/pcap_file.hpp"
#include "sim/recorder.hpp"

namespace muster::sim {

/// Writes the frames of a simulation for Wireshark: as Ethernet, IPv4 and UDP, from the host's
/// address and the link's port, though in the simulated air there is nothing but the datagram.
/// Time stamps count from the start of the scenario.
class PcapTap final : public FrameTap {
 public:
  explicit PcapTap(PcapFile file) : file_(std::move(file)) {}

  void frame(Duration since_start, HostIndex from, std::optional<HostIndex> to,
             BytesView datagram) override;
  /// False if anything could not be written.
  [[nodiscard]] bool finish();

 private:
  PcapFile file_;
};

/// A datagram as an Ethernet frame, with all checksums.
[[nodiscard]] Bytes ethernet_frame(HostIndex from, std::optional<HostIndex> to, BytesView datagram);

}  // namespace muster::sim
