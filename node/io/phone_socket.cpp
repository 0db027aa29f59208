// SPDX-License-Identifier: Apache-2.0
#include "node/io/phone_socket.hpp"

#include <fmt/format.h>

#include "core/io/asio_endpoint.hpp"

namespace muster::node {

PhoneSocket::PhoneSocket(asio::io_context& io, Received received)
    : socket_(io), received_(std::move(received)) {}

Result<void> PhoneSocket::listen(const IpEndpoint& endpoint) {
  const auto address = to_asio(endpoint);
  ErrorCode error;
  socket_.open(address.protocol(), error);
  if (!error) socket_.bind(address, error);
  if (!error) socket_.non_blocking(true, error);
  if (error) {
    return fail(
        fmt::format("sip.listen {}: {}; is another SIP program running, and is the address "
                    "one of this machine?",
                    endpoint.text(), error.message()));
  }
  receive();
  return {};
}

void PhoneSocket::send(const IpEndpoint& to, BytesView datagram) {
  ErrorCode lost;  // SIP over UDP repeats what is lost
  socket_.send_to(asio::buffer(datagram.data(), datagram.size()), to_asio(to), 0, lost);
}

void PhoneSocket::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_,
                             [this](ErrorCode error, std::size_t size) {
                               if (error == asio::error::operation_aborted) return;
                               if (!error) {
                                 received_(to_endpoint(from_), BytesView{buffer_}.first(size));
                               }
                               receive();
                             });
}

}  // namespace muster::node
