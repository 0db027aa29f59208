// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_publisher.hpp"

#include <zmq.h>

#include "node/io/control_codec.hpp"

namespace muster::node {
namespace {

constexpr std::uint8_t subscribed = 1;  // first octet of what an XPUB socket reads (zmq_socket(3))

}  // namespace

Result<std::unique_ptr<EventPublisher>> EventPublisher::open(asio::io_context& io,
                                                             const std::string& endpoint) {
  auto socket = std::make_unique<ZmqSocket>(ZMQ_XPUB);
  socket->set_option(ZMQ_SNDHWM, waiting_events_max);
  socket->set_option(ZMQ_XPUB_VERBOSE, 1);  // each listener is told of, not only the first
  if (auto bound = socket->bind_private(endpoint); !bound) {
    return tl::make_unexpected(bound.error());
  }
  return std::unique_ptr<EventPublisher>(new EventPublisher(io, std::move(socket)));
}

EventPublisher::EventPublisher(asio::io_context& io, std::unique_ptr<ZmqSocket> socket)
    : socket_(std::move(socket)), readable_(io) {
  readable_.assign(socket_->descriptor());
  greet();
  wait();
}

EventPublisher::~EventPublisher() { readable_.release(); }

void EventPublisher::wait() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read, [this](ErrorCode error) {
    if (error) return;
    greet();
    wait();
  });
}

/// ZeroMQ's descriptor signals edges, and any use of the socket may take one: everything there is
/// must be read.
void EventPublisher::greet() {
  while (const auto message = socket_->take(ZMQ_DONTWAIT)) {
    if (message->empty() || message->front() != subscribed) continue;
    static_cast<void>(socket_->send({}, ZMQ_DONTWAIT));
  }
}

void EventPublisher::publish(const NumberedEvent& event) {
  // Nobody listening, or one too slow, is not the node's trouble.
  static_cast<void>(socket_->send(encode_event(event), ZMQ_DONTWAIT));
  greet();
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
  if (!bytes) return std::nullopt;
  greeted_ = greeted_ || bytes->empty();
  return decode_event(*bytes);
}

}  // namespace muster::node
