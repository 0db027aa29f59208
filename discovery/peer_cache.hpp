// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/time.hpp"
#include "core/ports/state_store.hpp"

namespace muster::discovery {

/// Where neighbours were last met, kept through a restart: hints to be tried, never proof.
///
/// Interfaces are named, since links are numbered anew by each configuration. One address per node
/// and interface; the one noted longest ago gives way. Written only when something has changed.
class PeerCache {
 public:
  struct Limits {
    std::size_t peers_max = 64;  ///< at most some 80 octets each, in memory and in the store
    Duration write_spacing = std::chrono::seconds{30};
  };
  struct Peer {
    NodeId node;
    std::string interface;  ///< at most 255 octets
    LinkAddress address;
    friend bool operator==(const Peer&, const Peer&) = default;
  };
  struct Counters {
    std::uint64_t damaged = 0;      ///< what was stored could not be read
    std::uint64_t not_written = 0;  ///< the store refused; tried again later
  };

  /// Reads what `store` holds; it outlives this.
  PeerCache(ports::StateStore& store, Limits limits);

  /// A neighbour was met there.
  void note(TimePoint now, Peer peer);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// The last one noted comes last.
  [[nodiscard]] const std::vector<Peer>& peers() const { return peers_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] bool parse(BytesView stored);

  ports::StateStore& store_;
  Limits limits_;
  std::vector<Peer> peers_;
  std::optional<TimePoint> write_at_;  ///< something has changed
  std::optional<TimePoint> tried_at_;  ///< the last write
  Counters counters_;
};

}  // namespace muster::discovery
