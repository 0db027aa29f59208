// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/overlay/record.hpp"

namespace muster::node {

/// What a node that traces asks others, sealed from end to end; byte by byte in
/// docs/protocol/trace.md.
struct TraceQuestion {
  static constexpr std::size_t name_bytes_max = 255;
  std::uint32_t number = 0;
  std::uint8_t attempt = 0;
  NodeId towards;    ///< how do you reach this node?
  std::string name;  ///< and what do you hold of this user? AoR without scheme; empty: of nobody
  friend bool operator==(const TraceQuestion&, const TraceQuestion&) = default;
};

/// The next step from one node towards another.
struct TraceStep {
  std::optional<NodeId> next_hop;  ///< nothing: no route, or it is there
  std::uint16_t metric = 0;        ///< of the whole way from here; 256 is one hop without loss
  double delivery_ratio = 0;       ///< of frames sent to the next hop, 0..1
  std::chrono::microseconds round_trip{};  ///< to the next hop
  friend bool operator==(const TraceStep&, const TraceStep&) = default;
};

struct TraceAnswer {
  struct Held {
    NodeId writer;
    overlay::Version version;
    std::chrono::seconds age{};
    friend bool operator==(const Held&, const Held&) = default;
  };
  static constexpr std::size_t held_max = 16;
  std::uint32_t number = 0;
  std::uint8_t attempt = 0;
  TraceStep step;
  std::chrono::seconds uptime{};
  std::vector<Held> held;  ///< bindings of the user asked for
  friend bool operator==(const TraceAnswer&, const TraceAnswer&) = default;
};

using TraceMessage = std::variant<TraceQuestion, TraceAnswer>;

[[nodiscard]] Bytes encode(const TraceQuestion& question);
[[nodiscard]] Bytes encode(const TraceAnswer& answer);
[[nodiscard]] std::optional<TraceMessage> parse_trace_message(BytesView bytes);

}  // namespace muster::node
