// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/call_book.hpp"
#include "sim/medium.hpp"
#include "sim/message_book.hpp"

namespace muster::sim {

/// What was measured in one run, in either world. What a world cannot measure is nothing.
struct Measured {
  std::string world;     ///< "simulated" or "emulated"
  double virtual_s = 0;  ///< how long the scenario went on
  double wall_s = 0;
  std::uint64_t events = 0;
  CallBook::Totals calls;
  MessageBook::Totals messages;
  std::uint64_t messages_waiting = 0;  ///< at living nodes, at the end
  Medium::Counters frames;
  std::vector<Duration> airtime;        ///< of each host
  std::optional<double> convergence_s;  ///< after the last event that changed the world
  std::optional<double> first_convergence_s;
  std::vector<std::string> violations;  ///< what must never happen, one sentence each
  std::string invalid;                  ///< why the run proves nothing, or empty
  std::optional<std::string> trace_sha256;
};

}  // namespace muster::sim
