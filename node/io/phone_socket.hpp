// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/io/asio.hpp"

namespace muster::node {

/// The UDP socket at which phones register.
class PhoneSocket {
 public:
  using Received = std::function<void(const IpEndpoint& from, BytesView datagram)>;

  PhoneSocket(asio::io_context& io, Received received);
  /// Fails if the address is not ours or the port is taken.
  [[nodiscard]] Result<void> listen(const IpEndpoint& endpoint);
  void send(const IpEndpoint& to, BytesView datagram);

 private:
  void receive();

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  Bytes buffer_ = Bytes(65536);
  Received received_;
};

}  // namespace muster::node
