// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/io/asio.hpp"
#include "sip/media_anchor.hpp"

namespace muster::node {

/// The UDP port pairs (RTP even, RTCP the next) at which media of local phones is anchored.
class MediaPorts final : public sip::MediaSockets {
 public:
  using Received =
      std::function<void(std::uint16_t local_port, const IpEndpoint& from, BytesView datagram)>;

  /// Pairs are taken from [first, last] on `address`.
  MediaPorts(asio::io_context& io, const IpAddress& address, std::uint16_t first,
             std::uint16_t last, Received received);

  std::optional<std::uint16_t> open_pair() override;
  void close_pair(std::uint16_t rtp_port) override;
  /// Whether a call could be carried now; no port stays open.
  [[nodiscard]] bool any_pair_free();
  /// By the interfaces as they are now.
  [[nodiscard]] bool is_of_this_machine(const IpAddress& address) const override;
  void send(std::uint16_t local_port, const IpEndpoint& to, BytesView datagram);

 private:
  struct Port;
  [[nodiscard]] std::shared_ptr<Port> bind(std::uint16_t number);
  void receive(const std::shared_ptr<Port>& port);

  asio::io_context& io_;
  IpAddress address_;
  std::uint16_t first_;
  std::uint16_t last_;
  std::uint16_t next_;
  Received received_;
  std::map<std::uint16_t, std::shared_ptr<Port>> ports_;
};

}  // namespace muster::node
