// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "node/io/zmq_socket.hpp"
#include "node/report.hpp"

namespace muster::node {

/// Answers `muster status` and its kin on a ZeroMQ REP socket (ipc://, mode 0600).
class ControlServer {
 public:
  using Answer = std::function<Report(const Asked&)>;

  /// Binds `endpoint`. Fails if it is in use by a living process or cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> open(asio::io_context& io,
                                                                   const std::string& endpoint,
                                                                   Answer answer);
  ~ControlServer();

 private:
  ControlServer(asio::io_context& io, std::unique_ptr<ZmqSocket> socket, Answer answer);
  void wait();
  void serve();

  std::unique_ptr<ZmqSocket> socket_;
  asio::posix::stream_descriptor readable_;
  Answer answer_;
};

/// Asks a running node one question. `timeout` bounds the whole exchange.
[[nodiscard]] Result<Report> ask_node(const std::string& endpoint, const Asked& asked,
                                      std::chrono::milliseconds timeout);

}  // namespace muster::node
