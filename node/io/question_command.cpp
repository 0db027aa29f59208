// SPDX-License-Identifier: Apache-2.0
#include "node/io/question_command.hpp"

#include <cstdio>
#include <map>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "node/io/asked_node.hpp"
#include "node/io/control_server.hpp"
#include "node/io/report_text.hpp"

namespace muster::node {
namespace {

namespace options = boost::program_options;
constexpr std::chrono::seconds answer_timeout{5};

struct About {
  Question question;
  const char* summary;
};

const std::map<std::string, About>& questions() {
  static const std::map<std::string, About> all{
      {"status", {Question::status, "one page about this node"}},
      {"peers", {Question::peers, "its neighbours and how well it hears them"}},
      {"routes", {Question::routes, "the nodes it reaches and through whom"}},
      {"users", {Question::users, "the users of the overlay and where they are registered"}},
      {"messages", {Question::messages, "the messages kept here and what became of them"}},
      {"links", {Question::links, "its links and what has passed over them"}}};
  return all;
}

}  // namespace

const char* question_summary(const std::string& name) { return questions().at(name).summary; }

int question_command(const std::string& name, const std::vector<std::string>& arguments) {
  const About& about = questions().at(name);
  options::options_description known("options");
  add_asked_node(known);
  options::variables_map given;
  try {
    options::store(options::command_line_parser(arguments).options(known).positional({}).run(),
                   given);
    options::notify(given);
  } catch (const options::error& error) {
    fmt::print(stderr, "muster {}: {}; see muster {} --help\n", name, error.what(), name);
    return 2;
  }
  if (given.contains("help")) {
    fmt::print("usage: muster {} [options]\n{}\n", name, about.summary);
    fmt::print("{}", (std::ostringstream{} << known).str());
    return 0;
  }
  const auto report = ask_node(control_endpoint(given), about.question, answer_timeout);
  if (!report) {
    fmt::print(stderr, "muster {}: {}\n", name, report.error().sentence);
    return 1;
  }
  fmt::print("{}", given.contains("json") ? report_json(*report) : report_text(*report));
  return 0;
}

}  // namespace muster::node
