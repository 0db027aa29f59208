// SPDX-License-Identifier: Apache-2.0
#include "sip/io/udp_socket.hpp"

#include "core/io/asio_endpoint.hpp"

namespace muster::sip {
namespace {
using asio::ip::udp;
}

UdpSocket::UdpSocket(asio::io_context& io, Received received)
    : socket_(io), received_(std::move(received)) {}

Result<void> UdpSocket::open(const IpEndpoint& own) {
  const auto address = to_asio(own);
  ErrorCode error;
  socket_.open(address.protocol(), error);
  if (!error) socket_.bind(address, error);
  if (!error) socket_.non_blocking(true, error);
  if (error) {
    close();
    return fail(own.text() + ": " + error.message() +
                "; is the address one of this machine and the port free?");
  }
  receive();
  return {};
}

Result<void> UdpSocket::open_pair(const IpAddress& own, UdpSocket& even, UdpSocket& odd) {
  Result<void> opened = fail("no attempt");
  constexpr int attempts_max = 64;  // a free port is odd half of the time
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    opened = even.open({own, 0});
    if (!opened) return opened;
    const std::uint16_t port = even.own().port;
    if (port % 2 == 0) {
      opened = odd.open({own, static_cast<std::uint16_t>(port + 1)});
      if (opened) return opened;
    }
    even.close();
  }
  return fail(own.text() + ": no two free ports side by side for audio");
}

void UdpSocket::close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

IpEndpoint UdpSocket::own() const {
  ErrorCode error;
  return to_endpoint(socket_.local_endpoint(error));
}

void UdpSocket::send(const IpEndpoint& to, BytesView datagram) {
  ErrorCode lost;  // SIP repeats what is lost, audio goes on without it
  socket_.send_to(asio::buffer(datagram.data(), datagram.size()), to_asio(to), 0, lost);
}

void UdpSocket::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_,
                             [this](ErrorCode error, std::size_t size) {
                               if (error == asio::error::operation_aborted) return;
                               if (!error) {
                                 received_(to_endpoint(from_), BytesView{buffer_}.first(size));
                               }
                               if (socket_.is_open()) receive();
                             });
}

Result<IpAddress> address_towards(const IpEndpoint& other) {
  asio::io_context io;
  udp::socket socket(io);
  ErrorCode error;
  const auto address = to_asio(other);
  socket.open(address.protocol(), error);
  if (!error) socket.connect(address, error);
  const auto own = error ? udp::endpoint{} : socket.local_endpoint(error);
  if (error) return fail(other.text() + ": " + error.message() + "; is there a route to it?");
  return to_endpoint(own).address;
}

}  // namespace muster::sip
