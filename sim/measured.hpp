// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/call_book.hpp"
#include "sim/lookup_book.hpp"
#include "sim/medium.hpp"
#include "sim/message_book.hpp"
#include "sim/traffic_book.hpp"

namespace muster::sim {

/// What was measured in one run, in either world. What a world cannot measure is nothing.
struct Measured {
  std::string world;     ///< "simulated" or "emulated"
  double virtual_s = 0;  ///< how long the scenario went on
  double counted_s = 0;  ///< of it without the warm-up, which nothing below counts
  double wall_s = 0;
  std::uint64_t events = 0;
  CallBook::Totals calls;
  std::vector<std::string> call_failures;  ///< the first of them, one sentence each
  MessageBook::Totals messages;
  std::uint64_t messages_waiting = 0;          ///< at living nodes, at the end
  std::optional<std::uint64_t> messages_lost;  ///< accepted, not delivered, on nobody's disk
  std::optional<LookupBook::Totals> lookups;
  Medium::Counters frames;
  /// What the octets on the air were for, where senders tell (node/frame_use.hpp).
  struct Use {
    std::uint64_t control = 0;  ///< all but the packets carried from node to node
    std::uint64_t routing = 0;  ///< of that, the router's messages
    std::uint64_t payload = 0;  ///< text and audio that arrived at phones
  };
  std::optional<Use> use;
  std::optional<TrafficBook::Totals> traffic;  ///< by what it was for
  std::vector<Duration> airtime;               ///< of each host
  std::optional<double> convergence_s;         ///< after the last event that changed the world
  std::optional<double> first_convergence_s;
  std::optional<double> reachable_90_s;  ///< until nine of ten pairs of hosts first had a path
  std::vector<std::string> violations;   ///< what must never happen, one sentence each
  std::string invalid;                   ///< why the run proves nothing, or empty
  std::optional<std::string> trace_sha256;
};

}  // namespace muster::sim
