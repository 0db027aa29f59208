// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include "core/base/result.hpp"

namespace muster::node {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_bad_usage = 2;

/// One line on standard error: "muster pki: sentence".
int say_failure(std::string_view program, const Failure& failure);
int say_bad_usage(std::string_view program, std::string_view sentence);

/// What one verb was called with. `words` are the arguments without a dash.
struct VerbArguments {
  boost::program_options::variables_map options;
  std::vector<std::string> words;

  [[nodiscard]] bool has(const char* option) const { return options.count(option) != 0; }
  [[nodiscard]] std::string text(const char* option) const {
    return options[option].as<std::string>();
  }
};

/// One verb of a command: how it is used and what it does.
struct Verb {
  std::string name;
  std::string usage;  ///< "node NAME... [options]"
  std::string summary;
  boost::program_options::options_description options;
  std::size_t words_min = 0;
  std::size_t words_max = 0;
  int (*run)(const VerbArguments&) = nullptr;
};

/// Reads the options of the one verb there is and runs it: for commands that have no others.
int run_only_verb(std::string_view program, const Verb& verb, const std::vector<std::string>& args);

/// Finds the verb that `args` starts with, reads its options and runs it. `--help` before or after
/// the verb prints what there is to know.
int run_verb(std::string_view program, std::string_view about, const std::vector<Verb>& verbs,
             const std::vector<std::string>& args);

}  // namespace muster::node
