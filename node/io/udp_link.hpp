// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "node/io/link.hpp"

namespace muster::node {

/// One network interface as a link: a UDP socket for IPv6 link-local and one for IPv4, bound to
/// the interface. "To all" is an IPv6 link-local multicast and an IPv4 limited broadcast. An
/// interface that is missing or vanishes is tried again for ever, and reported once each way.
class UdpLink final : public Link {
 public:
  UdpLink(asio::io_context& io, LinkSettings settings, Handlers handlers);

  /// Opens the link if the interface is there; in any case keeps watching it.
  void start() override;
  void send(const LinkAddress& to, BytesView datagram) override;
  void send_to_all(BytesView datagram) override;
  [[nodiscard]] const std::string& trouble() const override { return trouble_; }
  [[nodiscard]] std::uint64_t send_errors() const override { return send_errors_; }
  [[nodiscard]] std::uint64_t receive_errors() const override { return receive_errors_; }

 private:
  using Socket = asio::ip::udp::socket;
  struct Side {
    explicit Side(asio::io_context& io) : socket(io) {}
    Socket socket;
    asio::ip::udp::endpoint from;
    Bytes buffer = Bytes(65536);
  };

  void try_open();
  ErrorCode open_v6(unsigned index);
  ErrorCode open_v4();
  ErrorCode bind_to_interface(Socket& socket, const asio::ip::udp& family);
  void close(std::string why);
  void say_down(std::string why);
  void watch();
  void receive(Side& side);
  void send_on(Side& side, const asio::ip::udp::endpoint& to, BytesView datagram);

  LinkSettings settings_;
  Handlers handlers_;
  Side v6_;
  Side v4_;
  asio::steady_timer timer_;
  asio::ip::udp::socket asked_;  ///< only to ask the kernel about the interface
  unsigned index_ = 0;
  bool up_ = false;
  std::string trouble_;
  std::uint64_t send_errors_ = 0;
  std::uint64_t receive_errors_ = 0;
};

}  // namespace muster::node
