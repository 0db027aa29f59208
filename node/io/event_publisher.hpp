// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "node/io/zmq_socket.hpp"
#include "node/node_event.hpp"

namespace muster::node {

/// Tells whoever listens what happens, on a ZeroMQ XPUB socket (ipc://, mode 0600). Each new
/// listener is greeted with an empty message: from there on it hears everything. One that is too
/// slow misses events, and sees it by their numbers; the node never waits for one.
class EventPublisher {
 public:
  static constexpr int waiting_events_max = 1000;  ///< for each listener, about 200 octets each

  [[nodiscard]] static Result<std::unique_ptr<EventPublisher>> open(asio::io_context& io,
                                                                    const std::string& endpoint);
  ~EventPublisher();
  void publish(const NumberedEvent& event);

 private:
  EventPublisher(asio::io_context& io, std::unique_ptr<ZmqSocket> socket);
  void wait();
  void greet();

  std::unique_ptr<ZmqSocket> socket_;
  asio::posix::stream_descriptor readable_;
};

/// Listens to the events of a node; survives its restart.
class EventListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EventListener>> open(const std::string& endpoint);
  /// The next event, waited for at most `patience`. What makes no sense is passed over.
  [[nodiscard]] std::optional<NumberedEvent> next(std::chrono::milliseconds patience);
  /// Whether the node has greeted: nothing after that is missed for not having been connected yet.
  [[nodiscard]] bool greeted() const { return greeted_; }

 private:
  explicit EventListener(std::unique_ptr<ZmqSocket> socket) : socket_(std::move(socket)) {}
  std::unique_ptr<ZmqSocket> socket_;
  bool greeted_ = false;
};

}  // namespace muster::node
