// SPDX-License-Identifier: Apache-2.0
#include "node/io/trace_command.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "node/io/asked_node.hpp"
#include "node/io/asked_until_done.hpp"
#include "node/io/report_text.hpp"

namespace muster::node {
namespace {

namespace options = boost::program_options;

options::options_description known_options() {
  options::options_description known("options");
  add_asked_node(known);
  known.add_options()("target", options::value<std::string>(), "AoR, user, node or NodeId");
  return known;
}

bool whole(const TraceReport& trace) {
  return !trace.paths.empty() &&
         std::all_of(trace.paths.begin(), trace.paths.end(),
                     [](const auto& path) { return path.state == "arrived"; });
}

}  // namespace

int trace_command(const std::vector<std::string>& arguments) {
  const auto known = known_options();
  options::positional_options_description places;
  places.add("target", 1);
  options::variables_map given;
  try {
    options::store(options::command_line_parser(arguments).options(known).positional(places).run(),
                   given);
    options::notify(given);
  } catch (const options::error& error) {
    fmt::print(stderr, "muster trace: {}; see muster trace --help\n", error.what());
    return 2;
  }
  if (given.contains("help")) {
    fmt::print(
        "usage: muster trace AOR|USER|NODE [options]\n"
        "the way there, step by step, and who holds what is said of a user\n{}\n",
        (std::ostringstream{} << known).str());
    return 0;
  }
  if (!given.contains("target")) {
    fmt::print(stderr, "muster trace: nobody is named; give an AoR, a user or a node\n");
    return 2;
  }
  const auto target = given["target"].as<std::string>();
  const auto trace =
      asked_until_done<TraceReport>(control_endpoint(given), Question::trace, target);
  if (!trace) {
    fmt::print(stderr, "muster trace: {}\n", trace.error().sentence);
    return 1;
  }
  if (trace->state == "nobody") {
    fmt::print(stderr,
               "muster trace: {}: no node and no user of this overlay; see muster routes "
               "and muster users\n",
               target);
    return 1;
  }
  const Report report{*trace};
  fmt::print("{}", given.contains("json") ? report_json(report) : report_text(report));
  return whole(*trace) ? 0 : 1;
}

}  // namespace muster::node
