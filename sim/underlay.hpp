// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "sim/nat_box.hpp"

namespace muster::sim {

/// Addresses of an internet-like medium: which host a datagram is for, and as whom its sender
/// appears there. Some hosts are behind a NAT box of their own; nobody reaches these by the address
/// that they themselves know.
///
/// Datagrams travel with both addresses in front, so that the box at the far end decides when they
/// arrive there, not when they are sent.
class Underlay {
 public:
  struct Departure {
    HostIndex to = 0;
    Bytes frame;
  };
  struct Delivery {
    IpEndpoint from;
    BytesView datagram;  ///< a part of the frame
  };
  struct Counters {
    std::uint64_t unroutable = 0;  ///< to an address that nobody has out there
    std::uint64_t filtered = 0;    ///< refused by the receiver's box
    std::uint64_t exhausted = 0;   ///< the sender's box has no room for one more correspondent
  };
  /// Octets of the two addresses in front of each frame (IPv4, port, twice).
  static constexpr std::size_t header_bytes = 12;

  /// `addresses`: what each host knows as its own, IPv4. Of the hosts that say nothing of NAT
  /// themselves, the scenario's shares are behind boxes, drawn by the seed.
  Underlay(const Scenario& scenario, std::vector<IpEndpoint> addresses, std::uint64_t seed);

  [[nodiscard]] std::optional<Departure> depart(TimePoint now, HostIndex from, const IpEndpoint& to,
                                                BytesView datagram);
  [[nodiscard]] std::optional<Delivery> arrive(TimePoint now, HostIndex to, BytesView frame);

  [[nodiscard]] Nat nat(HostIndex host) const { return kinds_[host]; }
  /// Hosts that everybody reaches: those to know at first. All, if every host is behind a box.
  [[nodiscard]] const std::vector<HostIndex>& reachable() const { return reachable_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  std::vector<IpEndpoint> addresses_;
  std::vector<Nat> kinds_;
  std::map<HostIndex, NatBox> boxes_;
  std::map<IpAddress, HostIndex> owners_;  ///< of addresses out there
  std::vector<HostIndex> reachable_;
  Counters counters_;
};

}  // namespace muster::sim
