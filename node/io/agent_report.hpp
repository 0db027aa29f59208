// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/agent_event.hpp"

namespace muster::node {

/// One event of the agent as a line of JSON, without its end; nothing for audio.
[[nodiscard]] std::optional<std::string> agent_event_json(const sip::AgentEvent& event);
/// The same in words.
[[nodiscard]] std::optional<std::string> agent_event_text(const sip::AgentEvent& event);

/// Why a call is over: "they hung up", "486 Busy Here".
[[nodiscard]] std::string agent_call_end_text(const sip::AgentCallEnd& end);
/// Text of others made harmless for a terminal: no control character but tab and line feed.
[[nodiscard]] std::string terminal_text(std::string_view text);

}  // namespace muster::node
