// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "sim/io/emulate_command.hpp"
#include "sim/io/merge_command.hpp"
#include "sim/io/plan_command.hpp"
#include "sim/io/report_command.hpp"
#include "sim/io/repro_command.hpp"
#include "sim/io/run_command.hpp"

namespace {

constexpr const char* usage =
    "usage: muster-sim VERB ...\n"
    "\n"
    "  run SCENARIO       one scenario in virtual time\n"
    "  emulate SCENARIO   real nodes and phones in network namespaces on a radio medium\n"
    "  merge FILE...      many runs as one table: means, intervals, what is missing\n"
    "  plan SCENARIO      a script that spreads many runs over machines\n"
    "  report FILE        a page to look at: who was where, who talked, how it went\n"
    "  repro FILE:LINE    make one of many runs again, or find a shorter one that fails alike\n"
    "\n"
    "Each verb has --help.\n";

}  // namespace

int main(int argc, char** argv) {
  using Verb = int (*)(const std::vector<std::string>&);
  const std::map<std::string, Verb> verbs = {
      {"emulate", muster::sim::emulate_command}, {"merge", muster::sim::merge_command},
      {"plan", muster::sim::plan_command},       {"report", muster::sim::report_command},
      {"repro", muster::sim::repro_command},     {"run", muster::sim::run_command}};
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    std::fputs(usage, stdout);
    return 0;
  }
  const auto verb = words.empty() ? verbs.end() : verbs.find(words[0]);
  if (verb == verbs.end()) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    return verb->second({words.begin() + 1, words.end()});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster-sim %s: %s\n", verb->first.c_str(), error.what());
    return 1;
  }
}
