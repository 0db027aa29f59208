// SPDX-License-Identifier: Apache-2.0
#include "node/io/agent_command.hpp"

#include "node/io/agent_session.hpp"

namespace muster::node {
namespace {

int run_agent(AgentTask task, const std::vector<std::string>& arguments) {
  auto options = read_agent_options(task, arguments);
  if (const auto* code = std::get_if<int>(&options)) return *code;
  AgentSession session{std::move(std::get<AgentOptions>(options))};
  return session.run();
}

}  // namespace

int call_command(const std::vector<std::string>& arguments) {
  return run_agent(AgentTask::call, arguments);
}

int message_command(const std::vector<std::string>& arguments) {
  return run_agent(AgentTask::message, arguments);
}

int listen_command(const std::vector<std::string>& arguments) {
  return run_agent(AgentTask::listen, arguments);
}

}  // namespace muster::node
