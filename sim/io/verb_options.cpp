// SPDX-License-Identifier: Apache-2.0
#include "sim/io/verb_options.hpp"

#include <filesystem>
#include <iostream>

#include <fmt/format.h>

namespace muster::sim {

namespace po = boost::program_options;

std::optional<po::variables_map> parse_verb(const std::vector<std::string>& arguments,
                                            const VerbSyntax& syntax) {
  po::options_description options = syntax.options;
  options.add_options()("help", "this text");
  po::positional_options_description positions;
  for (const auto& position : syntax.positions) positions.add(position.c_str(), 1);
  if (!syntax.repeated.empty()) positions.add(syntax.repeated.c_str(), -1);
  po::variables_map given;
  try {
    po::store(po::command_line_parser(arguments).options(options).positional(positions).run(),
              given);
    po::notify(given);
  } catch (const po::error& error) {
    throw BadUsage{error.what()};
  }
  if (given.contains("help")) {
    std::cout << "usage: " << syntax.program << ' ' << syntax.usage << "\n\n" << options;
    return std::nullopt;
  }
  return given;
}

int run_verb(const char* command, const std::function<int()>& work) {
  try {
    return work();
  } catch (const BadUsage& bad) {
    fmt::print(stderr, "{}: {}\n", command, bad.sentence);
    return 2;
  }
}

std::vector<Override> overrides_in(const po::variables_map& given) {
  return given.contains("set") ? overrides_of(given["set"].as<std::vector<std::string>>())
                               : std::vector<Override>{};
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace muster::sim
