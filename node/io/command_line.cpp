// SPDX-License-Identifier: Apache-2.0
#include "node/io/command_line.hpp"

#include <algorithm>
#include <iostream>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <fmt/format.h>

namespace muster::node {
namespace {

namespace po = boost::program_options;

void print_overview(std::string_view program, std::string_view about,
                    const std::vector<Verb>& verbs) {
  std::cout << "usage: " << program << " VERB [options]\n\n" << about << "\n\n";
  for (const auto& verb : verbs) {
    std::cout << "  " << verb.usage << "\n      " << verb.summary << "\n";
  }
  std::cout << "\n" << program << " VERB --help says more about one of them.\n";
}

void print_verb(std::string_view program, const Verb& verb) {
  std::cout << "usage: " << program << " " << verb.usage << "\n\n"
            << verb.summary << "\n\n"
            << verb.options;
}

VerbArguments read(const po::options_description& options, const std::vector<std::string>& args) {
  po::options_description all;
  all.add(options);
  all.add_options()("words", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("words", -1);
  using namespace po::command_line_style;
  // No guessing: an abbreviated option may mean something else tomorrow.
  constexpr int style = unix_style & ~allow_guessing;
  VerbArguments read;
  po::store(po::command_line_parser(args).options(all).positional(positional).style(style).run(),
            read.options);
  po::notify(read.options);
  if (read.has("words")) read.words = read.options["words"].as<std::vector<std::string>>();
  return read;
}

int run_found(std::string_view program, const Verb& verb, const std::vector<std::string>& args) {
  VerbArguments arguments;
  const std::string itself = fmt::format("{} {}", program, verb.name);
  try {
    po::options_description options{verb.options};
    options.add_options()("help,h", "say this");
    arguments = read(options, args);
  } catch (const po::error& error) {
    return say_bad_usage(itself, error.what());
  }
  if (arguments.has("help")) {
    print_verb(program, verb);
    return exit_done;
  }
  if (arguments.words.size() < verb.words_min || arguments.words.size() > verb.words_max) {
    return say_bad_usage(itself, fmt::format("usage: {} {}", program, verb.usage));
  }
  return verb.run(arguments);
}

}  // namespace

int say_failure(std::string_view program, const Failure& failure) {
  std::cerr << program << ": " << failure.sentence << "\n";
  return exit_failed;
}

int say_bad_usage(std::string_view program, std::string_view sentence) {
  std::cerr << program << ": " << sentence << " (see " << program << " --help)\n";
  return exit_bad_usage;
}

int run_only_verb(std::string_view program, const Verb& verb,
                  const std::vector<std::string>& args) {
  return run_found(program, verb, args);
}

int run_verb(std::string_view program, std::string_view about, const std::vector<Verb>& verbs,
             const std::vector<std::string>& args) {
  if (args.empty()) {
    return say_bad_usage(program, "what is to be done? Name a verb");
  }
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    print_overview(program, about, verbs);
    return exit_done;
  }
  const auto verb =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == args[0]; });
  if (verb == verbs.end()) {
    return say_bad_usage(program, fmt::format("there is no verb '{}'", args[0]));
  }
  return run_found(program, *verb, {args.begin() + 1, args.end()});
}

}  // namespace muster::node
