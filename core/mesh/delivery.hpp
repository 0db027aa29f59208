// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/precedence.hpp"
#include "core/base/round_trip.hpp"
#include "core/base/time.hpp"
#include "core/mesh/arrivals.hpp"
#include "core/mesh/departures.hpp"

namespace muster::mesh {

/// Names a submitted message until it is acknowledged or given up.
struct MessageNumber {
  std::uint64_t value = 0;
  friend auto operator<=>(const MessageNumber&, const MessageNumber&) = default;
};

/// Brings messages to other nodes: acknowledged end to end, let out there once, and in the order
/// of submission per precedence where that costs no more than a short wait.
///
/// A pure state machine. Between two nodes there are any number of hops, which may lose, double
/// and overtake. Every submitted message ends in one `Acknowledged` or one `GaveUp`; a message
/// that was given up may still have arrived. "Once" holds within one life of the receiver: what
/// must be once across its restarts is for the layer above.
class Delivery {
 public:
  struct Limits {
    std::size_t message_bytes_max = 32000;
    std::size_t submitted_bytes_max = 4 * 1024 * 1024;  ///< of all messages not settled
    std::size_t submitted_messages_max = 4096;
    std::size_t correspondents_max = 4096;   ///< about 1 kB each when idle
    std::size_t arrival_streams_max = 1024;  ///< 200 octets and what is held; the idlest gives way
    std::size_t boots_per_correspondent_max = 2;  ///< the older is for what comes late
    Duration ack_life = std::chrono::seconds{2};
    Departures::Limits departures;
    Arrivals::Limits arrivals;
    /// Hops repeat what they lose: a copy sent sooner would mostly meet the first in a queue.
    RoundTrip::Limits round_trip{.timeout_initial = std::chrono::seconds{1},
                                 .backoff_percent = 200};
  };
  struct Counters {
    std::uint64_t submitted = 0;
    std::uint64_t refused = 0;  ///< too large, or too many
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t given_up = 0;
    std::uint64_t arrived = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t outside_window = 0;
    std::uint64_t malformed = 0;
  };
  /// To be sealed and put into a packet that lives for `remaining`.
  struct Send {
    NodeId to;
    Precedence precedence;
    Bytes payload;
    Duration remaining;
  };
  struct Arrived {
    NodeId from;
    Bytes message;
    Precedence precedence;
  };
  struct Acknowledged {
    MessageNumber number;
    NodeId to;
  };
  struct GaveUp {
    MessageNumber number;
    NodeId to;
  };
  using Output = std::variant<Send, Arrived, Acknowledged, GaveUp>;

  /// `boot` grows with every start of this node.
  Delivery(Limits limits, std::uint32_t boot, std::uint64_t seed);
  /// For correspondents not met yet, and for acknowledgements: slower where the links are.
  void set_limits(const Limits& limits) { limits_ = limits; }
  [[nodiscard]] const Limits& limits() const { return limits_; }

  /// A message that is too large, or one too many, is given up at once.
  MessageNumber submit(TimePoint now, const NodeId& to, BytesView message, Precedence precedence,
                       Duration give_up_after);
  /// `from` is proven by the layer that opened the seal.
  void receive(TimePoint now, const NodeId& from, BytesView payload);
  /// There is a route to this node (again): what waits for it is sent at once.
  void path_up(TimePoint now, const NodeId& to);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Nothing before the first acknowledgement from there.
  [[nodiscard]] std::optional<Duration> round_trip(const NodeId& to) const;
  /// Messages to this node that are neither acknowledged nor given up.
  [[nodiscard]] std::size_t pending(const NodeId& to) const;

 private:
  struct Correspondent {
    RoundTrip round_trip;
    std::map<Precedence, Departures> departures;
  };
  struct StreamKey {
    NodeId from;
    Precedence precedence;
    std::uint32_t boot;
    friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
  };
  struct Stream {
    Arrivals arrivals;
    TimePoint heard_at;
  };
  using Streams = std::map<StreamKey, Stream>;

  void receive_data(TimePoint now, const NodeId& from, const DeliveryData& data);
  void receive_ack(TimePoint now, const NodeId& from, const DeliveryAck& ack);
  [[nodiscard]] Streams::iterator stream_for(TimePoint now, const NodeId& from,
                                             const DeliveryData& data);
  void forget_oldest(Streams::iterator begin, Streams::iterator end);
  void let_out(const StreamKey& key, Arrivals& arrivals);
  void serve(TimePoint now, const NodeId& to, Correspondent& correspondent);

  Limits limits_;
  std::uint32_t boot_;
  std::uint64_t next_handle_ = 1;
  std::size_t submitted_bytes_ = 0;
  std::size_t submitted_messages_ = 0;
  std::map<NodeId, Correspondent> correspondents_;
  Streams streams_;
  std::deque<Output> outputs_;
  Counters counters_;
};

}  // namespace muster::mesh
