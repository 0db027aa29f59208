// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/io/asio.hpp"

namespace muster::node {

/// Tells systemd that the node is ready, alive and stopping (sd_notify). Without a service manager
/// (no NOTIFY_SOCKET) everything here does nothing.
class ServiceManager {
 public:
  explicit ServiceManager(asio::io_context& io) : timer_(io) {}

  /// From now on also feeds the watchdog, if the unit wants one, from the node's own loop: a loop
  /// that hangs is a node that is restarted.
  void ready(const std::string& status);
  void status(const std::string& status);
  void stopping();

 private:
  void feed();

  asio::steady_timer timer_;
  std::chrono::microseconds interval_{0};
};

}  // namespace muster::node
