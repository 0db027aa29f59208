// SPDX-License-Identifier: Apache-2.0
#include "node/io/media_ports.hpp"

#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <netinet/in.h>

#include "core/io/asio_endpoint.hpp"

namespace muster::node {
namespace {
constexpr std::size_t media_datagram_bytes_max = 2048;
}

/// Shared with the pending read, so that closing a port in the middle of a call is safe.
struct MediaPorts::Port {
  Port(asio::io_context& io, std::uint16_t port_number) : number(port_number), socket(io) {}
  std::uint16_t number;
  asio::ip::udp::socket socket;
  asio::ip::udp::endpoint from;
  Bytes buffer = Bytes(media_datagram_bytes_max);
};

MediaPorts::MediaPorts(asio::io_context& io, const IpAddress& address, std::uint16_t first,
                       std::uint16_t last, Received received)
    : io_(io),
      address_(address),
      first_(first),
      last_(last),
      next_(first),
      received_(std::move(received)) {}

std::optional<std::uint16_t> MediaPorts::open_pair() {
  const unsigned pairs = (last_ - first_ + 1u) / 2;
  for (unsigned tries = 0; tries < pairs; ++tries) {
    const std::uint16_t number = next_;
    next_ = number + 3u > last_ ? first_ : static_cast<std::uint16_t>(number + 2);
    if (ports_.contains(number)) continue;
    auto rtp = bind(number);
    auto rtcp = rtp ? bind(static_cast<std::uint16_t>(number + 1)) : nullptr;
    if (!rtcp) continue;  // taken by another program: the next pair
    for (auto& port : {rtp, rtcp}) {
      ports_[port->number] = port;
      receive(port);
    }
    return number;
  }
  return std::nullopt;
}

bool MediaPorts::any_pair_free() {
  const std::uint16_t next = next_;
  const auto pair = open_pair();
  if (pair) close_pair(*pair);
  next_ = next;
  return pair.has_value();
}

void MediaPorts::close_pair(std::uint16_t rtp_port) {
  for (unsigned number : {rtp_port + 0u, rtp_port + 1u}) {
    const auto found = ports_.find(static_cast<std::uint16_t>(number));
    if (found == ports_.end()) continue;
    ErrorCode ignored;
    found->second->socket.close(ignored);
    ports_.erase(found);
  }
}

bool MediaPorts::is_of_this_machine(const IpAddress& address) const {
  if (address.is_loopback()) return true;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all{first, &::freeifaddrs};
  for (const ifaddrs* at = first; at; at = at->ifa_next) {
    if (!at->ifa_addr || at->ifa_addr->sa_family != (address.v6 ? AF_INET6 : AF_INET)) continue;
    const void* octets = address.v6
                             ? static_cast<const void*>(
                                   &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr)
                             : &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr;
    if (std::memcmp(octets, address.octets.data(), address.v6 ? 16 : 4) == 0) return true;
  }
  return false;
}

void MediaPorts::send(std::uint16_t local_port, const IpEndpoint& to, BytesView datagram) {
  const auto found = ports_.find(local_port);
  if (found == ports_.end()) return;
  ErrorCode lost;  // media that cannot be sent now is late: it is not kept
  found->second->socket.send_to(asio::buffer(datagram.data(), datagram.size()), to_asio(to), 0,
                                lost);
}

std::shared_ptr<MediaPorts::Port> MediaPorts::bind(std::uint16_t number) {
  auto port = std::make_shared<Port>(io_, number);
  const auto endpoint = to_asio({address_, number});
  ErrorCode error;
  port->socket.open(endpoint.protocol(), error);
  if (!error) port->socket.bind(endpoint, error);
  if (!error) port->socket.non_blocking(true, error);
  return error ? nullptr : port;
}

void MediaPorts::receive(const std::shared_ptr<Port>& port) {
  port->socket.async_receive_from(
      asio::buffer(port->buffer), port->from, [this, port](ErrorCode error, std::size_t size) {
        if (error == asio::error::operation_aborted || !port->socket.is_open()) return;
        if (!error) {
          received_(port->number, to_endpoint(port->from), BytesView{port->buffer}.first(size));
        }
        if (port->socket.is_open()) receive(port);
      });
}

}  // namespace muster::node
