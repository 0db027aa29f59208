// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/io/agent_options.hpp"
#include "node/io/os_random.hpp"
#include "sip/io/agent_client.hpp"
#include "sip/io/wav_file.hpp"

namespace muster::node {

/// One run of `muster call`, `message` or `listen`.
class AgentSession {
 public:
  explicit AgentSession(AgentOptions options);
  AgentSession(const AgentSession&) = delete;

  /// Until all is done. Returns the exit code.
  [[nodiscard]] int run();

 private:
  Result<void> open();
  Result<void> open_files();
  Result<IpEndpoint> own_address() const;
  void begin();
  void watch();

  void told(const sip::AgentEvent& event);
  void take(const sip::AgentNotRegistered& event);
  void take(const sip::AgentTalking& event);
  void take(const sip::AgentCallEnded& event);
  void take(const sip::AgentHeard& event);
  void take(const sip::AgentSaid& event);
  void take(const sip::AgentTextArrived& event);
  void take(const sip::AgentTextAnswered& event);
  void take(const auto&) {}

  /// Hangs up and signs off, then ends with that exit code.
  void leave(int code);
  /// Ends now.
  void stop();
  void stop_if_at_rest();
  void complain(const std::string& sentence) const;
  void say(const std::string& line) const;

  AgentOptions options_;
  OsRandom random_;
  std::optional<sip::Uri> to_;
  std::string text_;
  std::vector<std::int16_t> wav_in_;
  std::optional<sip::WavWriter> wav_out_;
  asio::io_context io_;
  sip::AgentClient client_;
  asio::signal_set signals_;
  asio::steady_timer limit_;     ///< --for
  asio::steady_timer patience_;  ///< for a registrar that is not there, later for signing off
  std::optional<int> exit_;      ///< leaving, with that code
};

}  // namespace muster::node
