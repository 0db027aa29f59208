// SPDX-License-Identifier: Apache-2.0
#include "sip/io/udp_socket.hpp"

namespace muster::sip {
namespace {

using asio::ip::udp;

IpEndpoint from_asio(const udp::endpoint& endpoint) {
  IpEndpoint out;
  out.port = endpoint.port();
  out.address.v6 = endpoint.address().is_v6();
  if (out.address.v6) {
    const auto octets = endpoint.address().to_v6().to_bytes();
    std::copy(octets.begin(), octets.end(), out.address.octets.begin());
    out.address.scope = static_cast<std::uint32_t>(endpoint.address().to_v6().scope_id());
  } else {
    const auto octets = endpoint.address().to_v4().to_bytes();
    std::copy(octets.begin(), octets.end(), out.address.octets.begin());
  }
  return out;
}

udp::endpoint in_asio(const IpEndpoint& endpoint) {
  if (endpoint.address.v6) {
    asio::ip::address_v6::bytes_type octets;
    std::copy_n(endpoint.address.octets.begin(), 16, octets.begin());
    return {asio::ip::address_v6{octets, endpoint.address.scope}, endpoint.port};
  }
  asio::ip::address_v4::bytes_type octets;
  std::copy_n(endpoint.address.octets.begin(), 4, octets.begin());
  return {asio::ip::address_v4{octets}, endpoint.port};
}

}  // namespace

UdpSocket::UdpSocket(asio::io_context& io, Received received)
    : socket_(io), received_(std::move(received)) {}

Result<void> UdpSocket::open(const IpEndpoint& own) {
  const auto address = in_asio(own);
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
  return from_asio(socket_.local_endpoint(error));
}

void UdpSocket::send(const IpEndpoint& to, BytesView datagram) {
  ErrorCode lost;  // SIP repeats what is lost, audio goes on without it
  socket_.send_to(asio::buffer(datagram.data(), datagram.size()), in_asio(to), 0, lost);
}

void UdpSocket::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_,
                             [this](ErrorCode error, std::size_t size) {
                               if (error == asio::error::operation_aborted) return;
                               if (!error) {
                                 received_(from_asio(from_), BytesView{buffer_}.first(size));
                               }
                               if (socket_.is_open()) receive();
                             });
}

Result<IpAddress> address_towards(const IpEndpoint& other) {
  asio::io_context io;
  udp::socket socket(io);
  ErrorCode error;
  const auto address = in_asio(other);
  socket.open(address.protocol(), error);
  if (!error) socket.connect(address, error);
  const auto own = error ? udp::endpoint{} : socket.local_endpoint(error);
  if (error) return fail(other.text() + ": " + error.message() + "; is there a route to it?");
  return from_asio(own).address;
}

}  // namespace muster::sip
