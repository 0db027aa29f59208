// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "node/node_event.hpp"

/// Who talked to whom when, as a table that other programs open.
namespace muster::node {

/// One line an event, oldest first (RFC 4180, with a head line). Times are UTC.
[[nodiscard]] std::string log_as_csv(const std::vector<NumberedEvent>& events);

/// What heads a communications log.
struct LogHead {
  std::string incident;
  std::string station;  ///< the node's name
  std::string operator_name;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::int64_t prepared_ms = 0;
};
/// The layout of the form ICS 309 (Incident Command System, communications log) as CSV: its boxes
/// 1 to 4, then the log with one line for each call and each message, then boxes 6 and 7.
[[nodiscard]] std::string log_as_ics309(const std::vector<NumberedEvent>& events,
                                        const LogHead& head);

}  // namespace muster::node
