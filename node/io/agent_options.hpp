// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "sip/digest_client.hpp"
#include "sip/uri.hpp"

namespace muster::node {

enum class AgentTask { call, message, listen };

/// What `muster call`, `message` and `listen` were asked to do.
struct AgentOptions {
  AgentTask task = AgentTask::call;
  std::string to;    ///< as written; empty for listen
  std::string user;  ///< --as, its user part
  std::string domain;
  std::string state_directory;
  std::optional<std::string> password_file;
  IpEndpoint registrar;
  bool direct = false;
  std::optional<IpEndpoint> listen;
  std::optional<std::string> text;
  std::optional<std::string> wav_in;
  std::optional<std::string> wav_out;
  std::optional<Duration> duration;
  bool once = false;
  bool json = false;
};

/// "muster call"
[[nodiscard]] std::string agent_program(AgentTask task);
/// The options; or, once help or a complaint has been printed, the exit code.
[[nodiscard]] std::variant<AgentOptions, int> read_agent_options(
    AgentTask task, const std::vector<std::string>& arguments);
/// "20s", "500ms", "2m", "1h"; seconds without a unit. Nothing if it is none or above a week.
[[nodiscard]] std::optional<Duration> read_duration(std::string_view text);

/// Who the agent is and whom it means, with the files behind the options read.
struct AgentIdentity {
  std::string user;
  std::string domain;
  std::optional<sip::Uri> to;
  sip::DigestClient digest;
};
/// The password from its file, or else the verifiers from the kit installed in the state directory.
[[nodiscard]] Result<AgentIdentity> agent_identity(const AgentOptions& options,
                                                   ports::Random& random);

}  // namespace muster::node
