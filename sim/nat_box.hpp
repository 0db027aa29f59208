// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/base/ip_endpoint.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// A network address translator with one host behind it, in the words of RFC 4787. Mapping is
/// endpoint-independent or, for `symmetric`, address- and port-dependent; filtering is address- and
/// port-dependent for both: only those may send in to whom something was sent out. Only what goes
/// out refreshes a mapping.
class NatBox {
 public:
  struct Limits {
    /// RFC 4787, REQ-5: not less than two minutes.
    Duration mapping_life = std::chrono::minutes{2};
    /// Correspondents at one time; a hundred octets each. More are refused, as small boxes do.
    std::size_t sessions_max = 4096;
  };
  NatBox(Nat kind, IpAddress outside, std::uint64_t seed) : NatBox(kind, outside, seed, Limits{}) {}
  NatBox(Nat kind, IpAddress outside, std::uint64_t seed, Limits limits)
      : kind_(kind), outside_(outside), random_(seed), limits_(limits) {}

  /// As whom a datagram from `inside` to `remote` appears outside; nothing if the box is full.
  [[nodiscard]] std::optional<IpEndpoint> outbound(TimePoint now, const IpEndpoint& inside,
                                                   const IpEndpoint& remote);
  /// Who inside gets a datagram from `remote` to a port of the box; nothing if nobody does.
  [[nodiscard]] std::optional<IpEndpoint> inbound(TimePoint now, const IpEndpoint& remote,
                                                  std::uint16_t port);

  [[nodiscard]] const IpAddress& outside() const { return outside_; }

 private:
  using Session = std::pair<IpEndpoint, IpEndpoint>;  ///< inside, remote
  struct Use {
    std::uint16_t port = 0;
    TimePoint until;
  };

  void forget(TimePoint now);
  [[nodiscard]] std::optional<std::uint16_t> port_for(const Session& session);
  [[nodiscard]] std::uint16_t free_port(std::uint16_t wanted);
  [[nodiscard]] bool is_used(std::uint16_t port) const;

  Nat kind_;
  IpAddress outside_;
  SeededRandom random_;
  Limits limits_;
  std::map<Session, Use> sessions_;
  /// Inside, by port and remote: as many as sessions.
  std::map<std::pair<std::uint16_t, IpEndpoint>, IpEndpoint> by_port_;
};

}  // namespace muster::sim
