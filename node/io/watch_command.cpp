// SPDX-License-Identifier: Apache-2.0
#include "node/io/watch_command.hpp"

#include <chrono>
#include <cstdio>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "node/io/agent_options.hpp"
#include "node/io/command_line.hpp"
#include "node/io/event_publisher.hpp"
#include "node/io/event_text.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

constexpr std::string_view program = "muster";
/// How often it is looked whether the time is up.
constexpr std::chrono::milliseconds patience{200};

/// What is printed about one event, with a line about those before it that were missed.
void print(const NumberedEvent& event, std::uint64_t& last, bool json) {
  const bool missed = last != 0 && event.number > last + 1;
  if (missed) {
    const auto count = event.number - last - 1;
    fmt::print("{}\n", json ? fmt::format("{{\"event\":\"missed\",\"count\":{}}}", count)
                            : fmt::format("... {} events were missed", count));
  }
  last = event.number;  // lower than before: the node has restarted
  fmt::print("{}\n", json ? event_json(event) : event_text(event));
  std::fflush(stdout);
}

int watch(const VerbArguments& arguments) {
  std::optional<Duration> span;
  if (arguments.has("for")) {
    span = read_duration(arguments.text("for"));
    if (!span) return say_bad_usage("muster watch", "--for: not a duration like 20s or 2m");
  }
  const std::string control = arguments.has("control")
                                  ? arguments.text("control")
                                  : "ipc://" + arguments.text("state") + "/control.sock";
  const auto listener = EventListener::open(events_endpoint(control));
  if (!listener) return say_failure("muster watch", listener.error());
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      span.value_or(std::chrono::hours{24 * 365}));
  std::uint64_t wanted =
      arguments.has("count") ? arguments.options["count"].as<std::uint64_t>() : ~std::uint64_t{0};
  std::uint64_t last = 0;
  bool said = false;
  while (wanted > 0 && Clock::now() < end) {
    const auto event = (*listener)->next(patience);
    if (!said && (*listener)->greeted()) {
      fmt::print(stderr, "watching; Ctrl-C ends it\n");
      said = true;
    }
    if (!event) continue;
    print(*event, last, arguments.has("json"));
    --wanted;
  }
  return exit_done;
}

}  // namespace

int watch_command(const std::vector<std::string>& arguments) {
  Verb verb{"watch",
            "watch [--json] [--for TIME] [--count N] [--state DIR | --control IPC]",
            "Prints what happens at a running node until Ctrl-C: who registers, calls and writes, "
            "and which\nneighbours, nodes and links come and go. Also across a restart of the "
            "node.",
            po::options_description{"Options"},
            0,
            0,
            watch};
  verb.options.add_options()("json", "one JSON object a line")(
      "for", po::value<std::string>()->value_name("TIME"), "stop after 20s, 2m, 1h")(
      "count", po::value<std::uint64_t>()->value_name("N"), "stop after so many events")(
      "state", po::value<std::string>()->default_value("/var/lib/muster")->value_name("DIR"),
      "state directory of the node")("control", po::value<std::string>()->value_name("IPC"),
                                     "its control socket, if it is not in there (ipc:///PATH)");
  return run_only_verb(program, verb, arguments);
}

}  // namespace muster::node
