// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_publisher.hpp"

#include <zmq.h>

#include "node/io/control_codec.hpp"

namespace muster::node {

Result<std::unique_ptr<EventPublisher>> EventPublisher::open(const std::string& endpoint) {
  auto socket = std::make_unique<ZmqSocket>(ZMQ_PUB);
  socket->set_option(ZMQ_SNDHWM, waiting_events_max);
  if (auto bound = socket->bind_private(endpoint); !bound) {
    return tl::make_unexpected(bound.error());
  }
  return std::unique_ptr<EventPublisher>(new EventPublisher(std::move(socket)));
}

void EventPublisher::publish(const NumberedEvent& event) {
  // Nobody listening, or one too slow, is not the node's trouble.
  static_cast<void>(socket_->send(encode_event(event), ZMQ_DONTWAIT));
}

Result<std::unique_ptr<EventListener>> EventListener::open(const std::string& endpoint) {
  if (auto why = unusable(endpoint)) return tl::make_unexpected(*why);
  auto socket = std::make_unique<ZmqSocket>(ZMQ_SUB);
  socket->set_option(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(control_event_bytes_max));
  socket->subscribe_to_all();
  if (auto connected = socket->connect(endpoint); !connected) {
    return tl::make_unexpected(connected.error());
  }
  return std::unique_ptr<EventListener>(new EventListener(std::move(socket)));
}

std::optional<NumberedEvent> EventListener::next(std::chrono::milliseconds patience) {
  socket_->set_option(ZMQ_RCVTIMEO, static_cast<int>(patience.count()));
  const auto bytes = socket_->take(0);
  return bytes ? decode_event(*bytes) : std::nullopt;
}

}  // namespace muster::node
