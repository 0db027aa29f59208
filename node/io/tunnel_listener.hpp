// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "node/io/link.hpp"
#include "node/io/stream_channel.hpp"

namespace muster::node {

/// The end of TCP tunnels that others call: one link, each caller an address on it.
class TunnelListener final : public Link {
 public:
  struct Limits {
    std::size_t callers_max = 64;  ///< up to 64 KiB each; another one is hung up on
    Duration retry = std::chrono::seconds{5};
  };

  TunnelListener(asio::io_context& io, LinkSettings settings, Handlers handlers)
      : TunnelListener(io, std::move(settings), std::move(handlers), Limits{}) {}
  TunnelListener(asio::io_context& io, LinkSettings settings, Handlers handlers, Limits limits);

  void start() override { try_listen(); }
  void send(const LinkAddress& to, BytesView datagram) override;
  void send_to_all(BytesView datagram) override;
  [[nodiscard]] const std::string& trouble() const override { return trouble_; }
  [[nodiscard]] std::uint64_t send_errors() const override { return send_errors_; }
  [[nodiscard]] std::uint64_t receive_errors() const override { return receive_errors_; }
  /// Where it listens; for a configured port of 0.
  [[nodiscard]] asio::ip::tcp::endpoint local_endpoint() const;

 private:
  void try_listen();
  void accept();
  void add(asio::ip::tcp::socket socket);
  void remove(const LinkAddress& caller);

  asio::io_context& io_;
  LinkSettings settings_;
  Handlers handlers_;
  Limits limits_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::map<LinkAddress, std::shared_ptr<StreamChannel>> callers_;
  std::string trouble_ = "it was not opened yet";
  bool complained_ = false;
  std::uint64_t send_errors_ = 0;
  std::uint64_t receive_errors_ = 0;
};

}  // namespace muster::node
