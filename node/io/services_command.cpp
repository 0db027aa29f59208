// SPDX-License-Identifier: Apache-2.0
#include "node/io/services_command.hpp"

#include <cstdio>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "core/wire/service_record.hpp"
#include "node/io/asked_node.hpp"
#include "node/io/asked_until_done.hpp"
#include "node/io/report_text.hpp"
#include "node/settings.hpp"

namespace muster::node {
namespace {

namespace options = boost::program_options;

options::options_description known_options() {
  options::options_description known("options");
  add_asked_node(known);
  known.add_options()("service", options::value<std::string>()->default_value(""),
                      "gateway, relay, time; else all");
  return known;
}

}  // namespace

int services_command(const std::vector<std::string>& arguments) {
  const auto known = known_options();
  options::positional_options_description places;
  places.add("service", 1);
  options::variables_map given;
  try {
    options::store(options::command_line_parser(arguments).options(known).positional(places).run(),
                   given);
    options::notify(given);
  } catch (const options::error& error) {
    fmt::print(stderr, "muster services: {}; see muster services --help\n", error.what());
    return 2;
  }
  if (given.contains("help")) {
    fmt::print(
        "usage: muster services [SERVICE] [options]\n"
        "who offers a service to all others, the nearest first\n{}\n",
        (std::ostringstream{} << known).str());
    return 0;
  }
  const auto service = given["service"].as<std::string>();
  if (!service.empty() && !wire::is_service_name(service)) {
    fmt::print(stderr, "muster services: '{}' is no name of a service; there are {}\n", service,
               fmt::join(service_names, ", "));
    return 2;
  }
  const auto services =
      asked_until_done<ServicesReport>(control_endpoint(given), Question::services, service);
  if (!services) {
    fmt::print(stderr, "muster services: {}\n", services.error().sentence);
    return 1;
  }
  const Report report{*services};
  fmt::print("{}", given.contains("json") ? report_json(report) : report_text(report));
  return services->state == "unknown" ? 1 : 0;
}

}  // namespace muster::node
