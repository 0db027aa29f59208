// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "node/node_event.hpp"

namespace muster::node {

/// "09:30:00 call_answered alice -> dave", without a newline; UTC.
[[nodiscard]] std::string event_text(const NumberedEvent& event);
/// One JSON object (docs/OPERATING), without a newline. Members that say nothing are left out.
[[nodiscard]] std::string event_json(const NumberedEvent& event);

}  // namespace muster::node
