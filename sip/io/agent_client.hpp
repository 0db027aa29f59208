// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "core/ports/random.hpp"
#include "sip/agent.hpp"
#include "sip/io/udp_socket.hpp"

namespace muster::sip {

/// Drives an Agent with sockets and the steady clock. What is to be sent is sent; all other events
/// are told.
class AgentClient {
 public:
  using Told = std::function<void(AgentEvent& event)>;

  AgentClient(asio::io_context& io, ports::Random& random, Told told);
  AgentClient(const AgentClient&) = delete;

  /// Opens the sockets and makes the agent: `config` without the addresses of its own, which come
  /// from `own`; port 0 is any free one.
  [[nodiscard]] Result<void> open(Agent::Config config, DigestClient digest, const IpEndpoint& own);

  /// Has `step` do something to the agent, then carries out what follows. Must not be called from
  /// `told`; what is told may be answered through agent().
  void drive(const std::function<void(Agent&, TimePoint now)>& step);
  [[nodiscard]] Agent& agent() { return *agent_; }
  [[nodiscard]] static TimePoint now();
  /// Our SIP address, once open.
  [[nodiscard]] IpEndpoint own() const { return sip_.own(); }
  /// Anything at all has been received.
  [[nodiscard]] bool heard_from_outside() const { return heard_from_outside_; }
  /// Closes everything, so that the io_context can come to its end.
  void close();

 private:
  void set_timer();

  ports::Random& random_;
  Told told_;
  UdpSocket sip_;
  UdpSocket rtp_;
  UdpSocket rtcp_;  // held so that nobody else gets what is sent there; not read
  asio::steady_timer timer_;
  std::optional<Agent> agent_;
  bool heard_from_outside_ = false;
};

}  // namespace muster::sip
