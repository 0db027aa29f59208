// SPDX-License-Identifier: Apache-2.0
#include "node/io/phone_connection.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "core/io/asio_endpoint.hpp"
#include "node/io/phone_tcp.hpp"

namespace muster::node {

PhoneConnection::PhoneConnection(asio::ip::tcp::socket socket, const IpEndpoint& phone,
                                 const Limits& limits, const Handlers& handlers)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      phone_(phone),
      limits_(limits),
      handlers_(handlers) {}

void PhoneConnection::begin() {
  connected_ = true;
  tune();
  set_due(limits_.first_message_within);
  watch();
  read();
}

void PhoneConnection::connect() {
  set_due(limits_.connect_within);
  watch();
  socket_.async_connect(to_tcp(phone_), [self = shared_from_this()](ErrorCode error) {
    if (self->ended_) return;
    if (error) return self->end(End::not_connected);
    self->connected_ = true;
    self->spoke_ = true;  // it need not: it is we who want something
    self->tune();
    self->set_due(self->limits_.idle_max);
    self->read();
    self->write();
  });
}

/// What cannot be set makes the connection slower to notice that the phone has gone, no more.
void PhoneConnection::tune() {
  ErrorCode ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
  const int handle = socket_.native_handle();
  const int idle_s = 60;
  const int interval_s = 15;
  const int timeout_ms = static_cast<int>(limits_.unacknowledged_max.count()) * 1000;
  setsockopt(handle, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(handle, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(handle, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

void PhoneConnection::read() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](ErrorCode error, std::size_t size) {
                            if (self->ended_) return;
                            if (error) return self->end(End::by_phone);
                            self->take(BytesView{self->buffer_}.first(size));
                            if (!self->ended_) self->read();
                          });
}

void PhoneConnection::take(BytesView octets) {
  framer_.receive(octets);
  while (auto output = framer_.poll()) {
    if (output->kind == sip::StreamFramer::Output::Kind::ping) {
      send(as_bytes("\r\n"));
    } else {
      spoke_ = true;
      handlers_.received(phone_, output->message);
    }
    if (ended_) return;
  }
  if (framer_.fault()) return end(End::bad_stream);
  const bool began = framer_.within_message() && !mid_message_;
  mid_message_ = framer_.within_message();
  if (began && spoke_) set_due(limits_.message_within);
  if (!mid_message_ && spoke_) set_due(limits_.idle_max);
}

void PhoneConnection::send(BytesView message) {
  if (ended_) return;
  if (queued_bytes_ + message.size() > limits_.queued_bytes_max) return end(End::overfull);
  queued_bytes_ += message.size();
  queue_.push_back(to_bytes(message));
  if (connected_ && queue_.size() == 1) write();
}

void PhoneConnection::write() {
  if (queue_.empty()) return;
  asio::async_write(socket_, asio::buffer(queue_.front()),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (self->ended_) return;
                      if (error) return self->end(End::by_phone);
                      self->queued_bytes_ -= self->queue_.front().size();
                      self->queue_.pop_front();
                      self->write();
                    });
}

void PhoneConnection::watch() {
  timer_.expires_at(due_);
  timer_.async_wait([self = shared_from_this()](ErrorCode) {
    if (self->ended_) return;
    if (std::chrono::steady_clock::now() < self->due_) return self->watch();
    self->end(!self->connected_                     ? End::not_connected
              : self->mid_message_ || !self->spoke_ ? End::too_slow
                                                    : End::idle);
  });
}

void PhoneConnection::set_due(std::chrono::seconds within) {
  due_ = std::chrono::steady_clock::now() + within;
  if (due_ < timer_.expiry()) timer_.cancel();  // and it is set anew
}

void PhoneConnection::close() {
  ended_ = true;
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void PhoneConnection::end(End why) {
  if (ended_) return;
  close();
  // Later: whoever is told may be the one who is just sending.
  asio::post(timer_.get_executor(),
             [self = shared_from_this(), why] { self->handlers_.ended(self->phone_, why); });
}

}  // namespace muster::node
