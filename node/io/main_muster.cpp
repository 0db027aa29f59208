// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "node/io/agent_command.hpp"
#include "node/io/doctor_command.hpp"
#include "node/io/kit_command.hpp"
#include "node/io/log_command.hpp"
#include "node/io/pki_command.hpp"
#include "node/io/question_command.hpp"
#include "node/io/services_command.hpp"
#include "node/io/trace_command.hpp"
#include "node/io/watch_command.hpp"

namespace {

using Arguments = std::vector<std::string>;

struct Command {
  const char* name;
  const char* summary;
  std::function<int(const Arguments&)> run;
};

/// The simulator and the emulator are a program of their own, installed beside this one.
int run_simulator(Arguments words) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "muster-sim";
  words.insert(words.begin(), program.string());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  fmt::print(stderr, "muster: {}: {}; it is installed beside muster\n", program.string(),
             std::strerror(errno));
  return 1;
}

std::vector<Command> commands() {
  using namespace muster::node;
  std::vector<Command> all{{"pki", "the overlay's offline authority", pki_command},
                           {"kit", "what one node needs to join, in one file", kit_command}};
  for (const char* name : {"status", "peers", "routes", "users", "messages", "links"}) {
    all.push_back({name, question_summary(name),
                   [name](const Arguments& a) { return question_command(name, a); }});
  }
  all.push_back(
      {"trace", "the way to a user or node, and who holds what is said of him", trace_command});
  all.push_back({"services", "who offers a service, the nearest first", services_command});
  all.push_back({"watch", "what happens at a running node, as it happens", watch_command});
  all.push_back({"log", "who talked to whom when, for other programs", log_command});
  all.push_back({"doctor", "is this node fit, and if not, what to do", doctor_command});
  all.push_back({"call", "call somebody: play and record sound files", call_command});
  all.push_back({"message", "send text", message_command});
  all.push_back({"listen", "answer calls and print messages", listen_command});
  all.push_back({"sim", "drills in virtual time, and what came of them",
                 [](const Arguments& a) { return run_simulator(a); }});
  all.push_back(
      {"emulate", "real daemons in network namespaces on a radio medium", [](Arguments a) {
         a.insert(a.begin(), "emulate");
         return run_simulator(std::move(a));
       }});
  return all;
}

void print_usage(std::FILE* to) {
  fmt::print(to, "usage: muster COMMAND [ARGUMENT...]\n\n");
  for (const auto& command : commands()) {
    fmt::print(to, "  {:<10} {}\n", command.name, command.summary);
  }
  fmt::print(to, "\nEvery command has --help.\n");
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    print_usage(stderr);
    return 2;
  }
  if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_usage(stdout);
    return 0;
  }
  try {
    for (const auto& command : commands()) {
      if (arguments[0] == command.name) {
        return command.run({arguments.begin() + 1, arguments.end()});
      }
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "muster {}: {}\n", arguments[0], error.what());
    return 1;
  }
  fmt::print(stderr, "muster: there is no command '{}'; see muster --help\n", arguments[0]);
  return 2;
}
