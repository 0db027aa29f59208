// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "core/mesh/next_hops.hpp"
#include "core/mesh/packet.hpp"

namespace muster::mesh {

enum class DropReason : std::uint8_t {
  malformed,
  own_source,  ///< came back to us, or somebody writes in our name
  hop_limit,
  expired,
  no_route,
  no_room,  ///< too many packets wait for routes
  too_long
};
[[nodiscard]] std::string_view to_string(DropReason reason);

/// Decides what becomes of each packet: on to the next hop, delivered here, or dropped. A packet
/// without a route waits a little, because after a fault the next route is often a second away.
class Forwarder {
 public:
  struct Limits {
    Duration waiting_time = std::chrono::seconds{2};
    std::size_t waiting_bytes_max = 256 * 1024;
    std::size_t waiting_packets_max = 1024;  ///< about 100 octets each beside the payload
  };
  struct Counters {
    std::uint64_t originated = 0;
    std::uint64_t forwarded = 0;  ///< for others
    std::uint64_t rerouted = 0;   ///< taken back from a next hop that did not answer
    std::uint64_t delivered = 0;
    std::uint64_t malformed = 0;
    std::uint64_t own_source = 0;
    std::uint64_t hop_limit = 0;
    std::uint64_t expired = 0;
    std::uint64_t no_route = 0;
    std::uint64_t no_room = 0;
    std::uint64_t too_long = 0;
  };
  /// To be encoded and given to the hop. `packet.remaining` is right at this moment.
  struct Forward {
    NodeId next_hop;
    Packet packet;
    std::optional<TimePoint> expires;
  };
  struct Deliver {
    Packet packet;
  };
  /// Source and destination are zero if the packet could not be read.
  struct Drop {
    DropReason reason;
    NodeId source;
    NodeId destination;
  };
  using Output = std::variant<Forward, Deliver, Drop>;

  /// `next_hops` outlives this.
  Forwarder(NodeId self, const NextHops& next_hops, Limits limits);

  /// Which neighbours may use; outlives this.
  void set_names(const ShortNames* names) { names_ = names; }
  /// A packet of this node's own.
  void submit(TimePoint now, Packet packet);
  /// A packet from a neighbour. `transit` is how long it was on the hop, as far as known: it is
  /// taken off its life.
  void receive(TimePoint now, BytesView bytes, Duration transit = Duration::zero());
  /// A packet that went to a next hop and waits there in vain: it goes another way, until
  /// `expires`.
  void reroute(TimePoint now, BytesView bytes, std::optional<TimePoint> expires);
  /// A route to `destination` has appeared.
  void route_up(TimePoint now, const NodeId& destination);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  struct Waiting {
    Packet packet;
    std::optional<TimePoint> expires;
    TimePoint until;
  };

  void route(TimePoint now, Packet packet, std::optional<TimePoint> expires);
  void forward(TimePoint now, const NodeId& next_hop, Packet packet,
               std::optional<TimePoint> expires);
  void wait(TimePoint now, Packet packet, std::optional<TimePoint> expires);
  [[nodiscard]] bool make_room(const Packet& packet);
  void drop(DropReason reason, const NodeId& source, const NodeId& destination);

  NodeId self_;
  const NextHops& next_hops_;
  Limits limits_;
  const ShortNames* names_ = nullptr;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::mesh
