// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/link_address.hpp"
#include "core/io/asio.hpp"
#include "node/settings.hpp"

namespace muster::node {

/// One network interface as a link: a UDP socket for IPv6 link-local and one for IPv4, bound to
/// the interface. "To all" is an IPv6 link-local multicast and an IPv4 limited broadcast. An
/// interface that is missing or vanishes is tried again for ever, and reported once each way.
class UdpLink {
 public:
  struct Handlers {
    std::function<void(const LinkAddress& from, BytesView datagram)> received;
    std::function<void(bool up, const std::string& why)> changed;
  };

  UdpLink(asio::io_context& io, LinkSettings settings, Handlers handlers);
  UdpLink(const UdpLink&) = delete;

  /// Opens the link if the interface is there; in any case keeps watching it.
  void start();
  void send(const LinkAddress& to, BytesView datagram);
  void send_to_all(BytesView datagram);
  [[nodiscard]] const LinkSettings& settings() const { return settings_; }
  /// Why it is down; empty while it is up.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Frames that the system would not take: no route, no room.
  [[nodiscard]] std::uint64_t send_errors() const { return send_errors_; }
  [[nodiscard]] std::uint64_t receive_errors() const { return receive_errors_; }
  /// Largest UDP payload that fits the MTU over IPv6, octets.
  [[nodiscard]] std::size_t datagram_bytes_max() const { return settings_.mtu - 48; }

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
  void close(const std::string& why);
  void watch();
  void receive(Side& side);
  void send_on(Side& side, const asio::ip::udp::endpoint& to, BytesView datagram);

  LinkSettings settings_;
  Handlers handlers_;
  Side v6_;
  Side v4_;
  asio::steady_timer timer_;
  unsigned index_ = 0;
  bool up_ = false;
  std::string trouble_;
  std::uint64_t send_errors_ = 0;
  std::uint64_t receive_errors_ = 0;
};

}  // namespace muster::node
