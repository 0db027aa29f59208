// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/io/asio.hpp"

namespace muster::sip {

/// One UDP socket of the agent. It must outlive the run of its io_context.
class UdpSocket {
 public:
  using Received = std::function<void(const IpEndpoint& from, BytesView datagram)>;

  UdpSocket(asio::io_context& io, Received received);

  /// Port 0: any that is free.
  [[nodiscard]] Result<void> open(const IpEndpoint& own);
  /// Two sockets on an even port and the one above (RFC 3550 section 11), whichever are free.
  [[nodiscard]] static Result<void> open_pair(const IpAddress& own, UdpSocket& even,
                                              UdpSocket& odd);
  void close();
  [[nodiscard]] IpEndpoint own() const;
  void send(const IpEndpoint& to, BytesView datagram);

 private:
  void receive();

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  Bytes buffer_ = Bytes(65536);
  Received received_;
};

/// The address of this machine from which it reaches `other`.
[[nodiscard]] Result<IpAddress> address_towards(const IpEndpoint& other);

}  // namespace muster::sip
