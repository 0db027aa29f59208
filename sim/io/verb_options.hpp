// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "sim/io/scenario_file.hpp"

namespace muster::sim {

/// The words after a verb.
struct VerbSyntax {
  std::string usage;  ///< "run SCENARIO [option...]"
  boost::program_options::options_description options;
  std::vector<std::string> positions = {};  ///< options that are also given without their name
  std::string repeated = {};                ///< one more such option, any number of times
  std::string program = "muster sim";
};

/// Nothing if help was wanted, which is then printed. Throws BadUsage.
[[nodiscard]] std::optional<boost::program_options::variables_map> parse_verb(
    const std::vector<std::string>& arguments, const VerbSyntax& syntax);

/// Runs `command` ("muster sim run"); a BadUsage becomes one line on standard error and exit
/// code 2.
[[nodiscard]] int run_verb(const char* command, const std::function<int()>& work);

/// All that was given with --set. Throws BadUsage.
[[nodiscard]] std::vector<Override> overrides_in(
    const boost::program_options::variables_map& given);

/// This very program.
[[nodiscard]] std::string own_program();

}  // namespace muster::sim
