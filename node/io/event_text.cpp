// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/utc_time.hpp"

namespace muster::node {
namespace {

/// Text from phones goes to a terminal: nothing in it may steer that.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

}  // namespace

std::string event_text(const NumberedEvent& numbered) {
  const auto& event = numbered.event;
  std::string text =
      fmt::format("{} {}", utc_text(numbered.at_ms).substr(11, 8), to_string(event.kind));
  if (!event.from.empty()) text += " " + harmless(event.from);
  if (!event.to.empty()) text += " -> " + harmless(event.to);
  if (!event.node.empty()) text += " " + harmless(event.node);
  if (event.status != 0) text += fmt::format(" status {}", event.status);
  if (!event.detail.empty()) text += " (" + harmless(event.detail) + ")";
  return text;
}

std::string event_json(const NumberedEvent& numbered) {
  const auto& event = numbered.event;
  nlohmann::ordered_json out{{"number", numbered.number},
                             {"time", utc_text(numbered.at_ms)},
                             {"event", to_string(event.kind)}};
  if (!event.from.empty()) out["from"] = event.from;
  if (!event.to.empty()) out["to"] = event.to;
  if (event.status != 0) out["status"] = event.status;
  if (!event.call_id.empty()) out["call_id"] = event.call_id;
  if (!event.node.empty()) out["node"] = event.node;
  if (!event.detail.empty()) out["detail"] = event.detail;
  // Text from phones may be no UTF-8: what is not is replaced, never thrown over.
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace muster::node
