// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "node/io/zmq_socket.hpp"
#include "node/node_event.hpp"

namespace muster::node {

/// Tells whoever listens what happens, on a ZeroMQ PUB socket (ipc://, mode 0600). A listener that
/// is too slow misses events, and sees it by their numbers; the node never waits for one.
class EventPublisher {
 public:
  static constexpr int waiting_events_max = 1000;  ///< for each listener, about 200 octets each

  [[nodiscard]] static Result<std::unique_ptr<EventPublisher>> open(const std::string& endpoint);
  void publish(const NumberedEvent& event);

 private:
  explicit EventPublisher(std::unique_ptr<ZmqSocket> socket) : socket_(std::move(socket)) {}
  std::unique_ptr<ZmqSocket> socket_;
};

/// Listens to the events of a node; survives its restart.
class EventListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EventListener>> open(const std::string& endpoint);
  /// The next event, waited for at most `patience`. What makes no sense is passed over.
  [[nodiscard]] std::optional<NumberedEvent> next(std::chrono::milliseconds patience);

 private:
  explicit EventListener(std::unique_ptr<ZmqSocket> socket) : socket_(std::move(socket)) {}
  std::unique_ptr<ZmqSocket> socket_;
};

}  // namespace muster::node
