// SPDX-License-Identifier: Apache-2.0
#include "node/io/log_command.hpp"

#include <chrono>
#include <iostream>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "node/communications_log.hpp"
#include "node/io/agent_options.hpp"
#include "node/io/command_line.hpp"
#include "node/io/event_journal.hpp"
#include "node/io/event_text.hpp"
#include "node/utc_time.hpp"
#include "security/io/installed_kit.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;

constexpr std::string_view program = "muster log";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A moment in UTC, or how long ago it was: "2026-05-01T09:30", "12h", "30m".
std::optional<std::int64_t> moment(const std::string& text) {
  if (const auto at = parse_utc(text)) return at;
  const auto ago = read_duration(text);
  if (!ago) return std::nullopt;
  return now_ms() - std::chrono::duration_cast<std::chrono::milliseconds>(*ago).count();
}

LogHead head_of(const VerbArguments& arguments, const EventJournal::Period& period,
                const std::vector<NumberedEvent>& events) {
  LogHead head;
  head.incident = arguments.text("incident");
  head.operator_name = arguments.text("operator");
  head.prepared_ms = now_ms();
  head.from_ms = period.from_ms.value_or(events.empty() ? head.prepared_ms : events[0].at_ms);
  head.to_ms = period.to_ms.value_or(head.prepared_ms);
  // A log without the station's name is still a log.
  const auto kit = security::load_installed_kit(arguments.text("state"));
  if (kit) head.station = fmt::format("{}.{}", kit->node_name, kit->overlay);
  return head;
}

int export_log(const VerbArguments& arguments) {
  const std::string format = arguments.text("format");
  if (format != "csv" && format != "ics309" && format != "json") {
    return say_bad_usage(program, "export: --format: there are csv, ics309 and json");
  }
  EventJournal::Period period;
  for (const auto& [option, bound] :
       {std::pair{"since", &period.from_ms}, std::pair{"until", &period.to_ms}}) {
    if (!arguments.has(option)) continue;
    *bound = moment(arguments.text(option));
    if (!*bound) {
      return say_bad_usage(program, fmt::format("export: --{}: not a time; write "
                                                "2026-05-01T09:30 (UTC) or, for so long ago, 12h",
                                                option));
    }
  }
  const auto journal = EventJournal::open_to_read(EventJournal::path_in(arguments.text("state")));
  if (!journal) return say_failure(program, journal.error());
  const auto events = (*journal)->read(period);
  if (!events) return say_failure(program, events.error());
  if (format == "csv") std::cout << log_as_csv(*events);
  if (format == "ics309") std::cout << log_as_ics309(*events, head_of(arguments, period, *events));
  if (format == "json") {
    for (const auto& event : *events) std::cout << event_json(event) << "\n";
  }
  std::cout.flush();
  if (std::cout) return exit_done;
  return say_failure(program, {"export: the output cannot be written; is the disk full?"});
}

std::vector<Verb> verbs() {
  std::vector<Verb> all = {
      {"export", "export [--format csv|ics309|json] [--since TIME] [--until TIME] [--state DIR]",
       "Writes the journal of a node, running or not: who registered, called and wrote, and what "
       "became\nof it, as this node saw it. Times are UTC by the node's clock.",
       po::options_description{"Options"}, 0, 0, export_log}};
  all[0].options.add_options()("format", po::value<std::string>()->default_value("csv"),
                               "csv: all events; ics309: the layout of form ICS 309 as CSV, one "
                               "line a call or message; json: one object a line")(
      "since", po::value<std::string>()->value_name("TIME"),
      "not before: 2026-05-01, 2026-05-01T09:30, or 12h for so long ago")(
      "until", po::value<std::string>()->value_name("TIME"), "not after")(
      "state", po::value<std::string>()->default_value("/var/lib/muster")->value_name("DIR"),
      "state directory of the node")("incident", po::value<std::string>()->default_value(""),
                                     "box 1 of ICS 309")(
      "operator", po::value<std::string>()->default_value(""), "box 4 of ICS 309");
  return all;
}

}  // namespace

int log_command(const std::vector<std::string>& arguments) {
  return run_verb(program, "The journal of a node: who talked to whom when.", verbs(), arguments);
}

}  // namespace muster::node
