// SPDX-License-Identifier: Apache-2.0
#include "node/communications_log.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "node/utc_time.hpp"

namespace muster::node {
namespace {

using Kind = NodeEvent::Kind;

/// A cell as RFC 4180 wants it. Text from outside that a spreadsheet would take for a formula gets
/// an apostrophe in front, which spreadsheets do not show.
std::string cell(std::string_view text) {
  std::string out;
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != text.npos) out = "'";
  out += text;
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    quoted += c;
    if (c == '"') quoted += '"';
  }
  return quoted + '"';
}

std::string line(std::initializer_list<std::string_view> cells) {
  std::string out;
  bool first = true;
  for (const auto text : cells) {
    if (!first) out += ',';
    out += cell(text);
    first = false;
  }
  return out + "\r\n";
}

std::string span_text(std::int64_t ms) {
  const auto seconds = (ms + 500) / 1000;
  return seconds < 60 ? fmt::format("{} s", seconds)
                      : fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

struct Entry {
  const NumberedEvent* at;
  std::string subject;
};

/// Calls become one entry each, at the time they were offered.
class Entries {
 public:
  void take(const NumberedEvent& event) {
    switch (event.event.kind) {
      case Kind::call_offered:
        entries_.push_back({&event, "call, not ended in this period"});
        calls_[event.event.call_id] = {entries_.size() - 1, std::nullopt};
        break;
      case Kind::call_answered:
        answered(event);
        break;
      case Kind::call_ended:
        ended(event);
        break;
      case Kind::message_delivered:
        entries_.push_back({&event, "message, delivered"});
        break;
      case Kind::message_stored:
        entries_.push_back({&event, "message, kept until it can be delivered"});
        break;
      case Kind::message_expired:
        entries_.push_back({&event, "message, expired undelivered"});
        break;
      default:
        break;  // no communication between two people
    }
  }
  [[nodiscard]] const std::vector<Entry>& all() const { return entries_; }

 private:
  struct OpenCall {
    std::size_t entry;
    std::optional<std::int64_t> answered_ms;
  };

  void answered(const NumberedEvent& event) {
    const auto call = calls_.find(event.event.call_id);
    if (call != calls_.end()) call->second.answered_ms = event.at_ms;
  }
  void ended(const NumberedEvent& event) {
    const auto call = calls_.find(event.event.call_id);
    if (call == calls_.end()) {
      entries_.push_back({&event, "call, begun before this period"});
      return;
    }
    entries_[call->second.entry].subject =
        call->second.answered_ms ? "call, " + span_text(event.at_ms - *call->second.answered_ms)
                                 : fmt::format("call, not answered ({})", event.event.status);
    calls_.erase(call);
  }

  std::vector<Entry> entries_;
  std::map<std::string, OpenCall> calls_;  // by Call-ID
};

}  // namespace

std::string log_as_csv(const std::vector<NumberedEvent>& events) {
  std::string out =
      line({"number", "time", "event", "from", "to", "status", "call_id", "node", "detail"});
  for (const auto& [number, at_ms, event] : events) {
    out += line({std::to_string(number), utc_text(at_ms), to_string(event.kind), event.from,
                 event.to, event.status == 0 ? "" : std::to_string(event.status), event.call_id,
                 event.node, event.detail});
  }
  return out;
}

std::string log_as_ics309(const std::vector<NumberedEvent>& events, const LogHead& head) {
  std::string out = line({"COMMUNICATIONS LOG (ICS 309)"});
  out += line({"1. Incident name", head.incident});
  out += line(
      {"2. Operational period (UTC)", utc_minute_text(head.from_ms), utc_minute_text(head.to_ms)});
  out += line({"3. Station", head.station});
  out += line({"4. Operator", head.operator_name});
  out += line({"5. Log"});
  out += line({"Time (UTC)", "From", "Msg #", "To", "Msg #", "Message"});
  Entries entries;
  for (const auto& event : events) entries.take(event);
  for (const auto& entry : entries.all()) {
    out += line({utc_minute_text(entry.at->at_ms), entry.at->event.from,
                 std::to_string(entry.at->number), entry.at->event.to, "", entry.subject});
  }
  out += line({"6. Prepared by", head.operator_name});
  out += line({"7. Prepared at (UTC)", utc_minute_text(head.prepared_ms)});
  return out;
}

}  // namespace muster::node
