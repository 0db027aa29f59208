// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/mesh/short_names.hpp"

namespace muster::mesh {

/// What it costs to send over a hop or along a path: 256 is one frame that never needs repeating.
using Cost = std::uint16_t;
inline constexpr Cost cost_perfect = 256;
/// No path at all. As an advertised metric: the route is retracted.
inline constexpr Cost metric_infinity = 0xffff;

/// The sum of two costs; from infinity on it stays infinity.
[[nodiscard]] constexpr Cost add(Cost a, Cost b) {
  return static_cast<unsigned>(a) + b >= metric_infinity ? metric_infinity
                                                         : static_cast<Cost>(a + b);
}

/// A metric that moved by a quarter of a perfect hop and by an eighth of itself is worth a message.
[[nodiscard]] constexpr bool moved_much(Cost from, Cost to) {
  const int moved = to > from ? to - from : from - to;
  return moved >= cost_perfect / 4 && moved * 8 >= from;
}

/// One that moved by half is worth one soon.
[[nodiscard]] constexpr bool moved_far(Cost from, Cost to) {
  const int moved = to > from ? to - from : from - to;
  return moved >= cost_perfect && moved * 2 >= from;
}

/// How new an origin's announcement is. The boot count comes first, so that a restarted node is
/// never older than what is remembered of it (RFC 8966, 2.7 has the sequence number alone).
struct RouteVersion {
  std::uint32_t boot = 0;
  std::uint32_t seqno = 0;
  friend auto operator<=>(const RouteVersion&, const RouteVersion&) = default;
  /// The smallest newer version; the largest one is its own successor.
  [[nodiscard]] RouteVersion next() const;
};

/// A version and a metric, ordered by what RFC 8966, 3.5.1 calls "better".
struct RouteDistance {
  RouteVersion version;
  Cost metric = metric_infinity;
  friend bool operator==(const RouteDistance&, const RouteDistance&) = default;
  /// Newer, or as new and nearer.
  [[nodiscard]] bool better_than(const RouteDistance& other) const {
    return version != other.version ? version > other.version : metric < other.metric;
  }
  [[nodiscard]] bool finite() const { return metric != metric_infinity; }
};

/// "I reach this node at this distance", or with an infinite metric "I no longer do".
struct RouteUpdate {
  NodeId destination;
  RouteDistance distance;
  friend bool operator==(const RouteUpdate&, const RouteUpdate&) = default;
};

/// "I need a route to this node that is at least this new" (RFC 8966, 3.8.1.2).
struct SeqnoRequest {
  NodeId destination;
  RouteVersion version;
  std::uint8_t hop_limit = 0;
  friend bool operator==(const SeqnoRequest&, const SeqnoRequest&) = default;
};

/// What routers tell their neighbours, byte by byte in docs/protocol/routing.md.
///
/// Whatever a router tells all its neighbours at once is one revision of its table. So a neighbour
/// knows whether it has heard everything, and what it missed can be told it by itself.
struct RouteMessage {
  static constexpr std::size_t header_bytes_max = 24;
  static constexpr std::size_t update_bytes_max = 28;
  static constexpr std::size_t request_bytes_max = 27;
  // In the compact form, which is shorter as a rule.
  static constexpr std::size_t compact_header_bytes_max = 28;
  static constexpr std::size_t compact_update_bytes_max = 30;
  static constexpr std::size_t compact_request_bytes_max = 29;
  static constexpr std::size_t entries_max = 255;  ///< of each kind

  std::uint32_t boot = 0;   ///< the sender's; a change says that it has restarted
  std::uint32_t after = 0;  ///< all that was told in the revisions after this one ...
  std::uint32_t upto = 0;   ///< ... up to this one, and still holds, is among the updates
  bool is_newest = false;   ///< the sender has told nothing since `upto`
  /// ShortNames::digest() of the sender's names: whoever has others can read no compact message of
  /// it. 0: it does not say.
  std::uint32_t names = 0;
  std::optional<std::uint32_t> wants_after;  ///< "tell me what you told after this revision"
  std::vector<RouteUpdate> updates;
  std::vector<SeqnoRequest> requests;
  friend bool operator==(const RouteMessage&, const RouteMessage&) = default;
};

enum class RouteMessageError : std::uint8_t {
  too_long,
  unknown_format,
  wrong_length,
  bad_entry,
  other_names,  ///< compact, by names that are not known here
};
[[nodiscard]] std::string_view to_string(RouteMessageError error);

/// At most `entries_max` entries of each kind may be given. With `names` in the compact form.
[[nodiscard]] Bytes encode(const RouteMessage& message, const ShortNames* names = nullptr);
/// Either form; the compact one only with `names`. Entries about nodes whose names are not known
/// are left out.
[[nodiscard]] Result<RouteMessage, RouteMessageError> decode_route_message(
    BytesView bytes, std::size_t bytes_max, const ShortNames* names = nullptr);

/// How long an entry is in that form.
[[nodiscard]] std::size_t update_bytes(const RouteUpdate& update, const ShortNames* names);
[[nodiscard]] std::size_t request_bytes(const SeqnoRequest& request, const ShortNames* names);

}  // namespace muster::mesh
