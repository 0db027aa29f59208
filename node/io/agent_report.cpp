// SPDX-License-Identifier: Apache-2.0
#include "node/io/agent_report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace muster::node {
namespace {

using Json = nlohmann::ordered_json;
using Cause = sip::AgentCallEnd::Cause;

std::string_view cause_name(Cause cause) {
  switch (cause) {
    case Cause::hung_up_here:
      return "hung_up_here";
    case Cause::hung_up_there:
      return "hung_up_there";
    case Cause::no_answer:
      return "no_answer";
    case Cause::refused:
      return "refused";
    case Cause::failed:
      break;
  }
  return "failed";
}

struct ToJson {
  Json operator()(const sip::AgentRegistered& e) const {
    return {{"event", "registered"}, {"seconds", e.seconds}};
  }
  Json operator()(const sip::AgentNotRegistered& e) const {
    return {{"event", "not_registered"},
            {"status", e.status},
            {"reason", e.reason},
            {"tries_again", e.tries_again}};
  }
  Json operator()(const sip::AgentUnregistered&) const { return {{"event", "unregistered"}}; }
  Json operator()(const sip::AgentRinging& e) const {
    return {{"event", "ringing"}, {"peer", e.peer}};
  }
  Json operator()(const sip::AgentCalled& e) const {
    return {{"event", "called"}, {"peer", e.peer}};
  }
  Json operator()(const sip::AgentTalking& e) const {
    return {{"event", "talking"}, {"peer", e.peer}, {"codec", sip::name_of(e.codec)}};
  }
  Json operator()(const sip::AgentCallEnded& e) const {
    return {{"event", "call_ended"},  {"peer", e.peer},
            {"talked", e.talked},     {"cause", cause_name(e.end.cause)},
            {"status", e.end.status}, {"reason", e.end.reason}};
  }
  Json operator()(const sip::AgentTextArrived& e) const {
    return {{"event", "message"}, {"peer", e.peer}, {"text", e.text}};
  }
  Json operator()(const sip::AgentTextAnswered& e) const {
    const char* result = e.status >= 300 ? "refused" : e.status == 202 ? "stored" : "delivered";
    return {{"event", "message_answered"},
            {"result", result},
            {"status", e.status},
            {"reason", e.reason}};
  }
  Json operator()(const auto&) const { return nullptr; }
};

struct ToText {
  std::string operator()(const sip::AgentRegistered&) const { return "registered"; }
  std::string operator()(const sip::AgentNotRegistered& e) const {
    return fmt::format("not registered: {} {}{}", e.status, e.reason,
                       e.tries_again ? "; it is tried again" : "");
  }
  std::string operator()(const sip::AgentRinging& e) const { return "ringing at " + e.peer; }
  std::string operator()(const sip::AgentCalled& e) const { return e.peer + " calls"; }
  std::string operator()(const sip::AgentTalking& e) const { return "talking to " + e.peer; }
  std::string operator()(const sip::AgentCallEnded& e) const {
    return fmt::format("the call with {} is over: {}", e.peer, agent_call_end_text(e.end));
  }
  std::string operator()(const sip::AgentTextArrived& e) const {
    return fmt::format("message from {}: {}", e.peer, e.text);
  }
  std::string operator()(const auto&) const { return {}; }
};

}  // namespace

std::optional<std::string> agent_event_json(const sip::AgentEvent& event) {
  const Json json = std::visit(ToJson{}, event);
  if (json.is_null()) return std::nullopt;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> agent_event_text(const sip::AgentEvent& event) {
  const std::string text = std::visit(ToText{}, event);
  if (text.empty()) return std::nullopt;
  return terminal_text(text);
}

std::string agent_call_end_text(const sip::AgentCallEnd& end) {
  switch (end.cause) {
    case Cause::hung_up_here:
      return "we hung up";
    case Cause::hung_up_there:
      return end.reason.empty() ? "they hung up" : end.reason;
    case Cause::no_answer:
      return "nobody answered";
    case Cause::refused:
      return terminal_text(fmt::format("{} {}", end.status, end.reason));
    case Cause::failed:
      break;
  }
  return end.reason;
}

std::string terminal_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const bool control = (octet < 0x20 && octet != '\n' && octet != '\t') || octet == 0x7f;
    const bool c1 =
        octet == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;  // U+0080..U+009F, which some terminals obey
    out += control || c1 ? '?' : text[i];
  }
  return out;
}

}  // namespace muster::node
