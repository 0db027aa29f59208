// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/io/link.hpp"
#include "node/io/stream_channel.hpp"

namespace muster::node {

/// A link over one stream that this node opens: a serial line, or a TCP connection to a modem or to
/// the far end of a tunnel.
class StreamLink final : public Link {
 public:
  struct Limits {
    Duration retry_min = std::chrono::seconds{1};
    Duration retry_max = std::chrono::seconds{30};
    Duration connect_patience = std::chrono::seconds{10};
    Duration steady_after = std::chrono::seconds{30};  ///< up: the next retry is quick again
  };

  StreamLink(asio::io_context& io, LinkSettings settings, std::unique_ptr<radio::Modem> modem,
             Handlers handlers)
      : StreamLink(io, std::move(settings), std::move(modem), std::move(handlers), Limits{}) {}
  StreamLink(asio::io_context& io, LinkSettings settings, std::unique_ptr<radio::Modem> modem,
             Handlers handlers, Limits limits);
  ~StreamLink() override;

  void start() override { try_open(); }
  void send(const LinkAddress& to, BytesView datagram) override;
  void send_to_all(BytesView datagram) override;
  [[nodiscard]] const std::string& trouble() const override { return trouble_; }
  [[nodiscard]] std::uint64_t send_errors() const override;
  [[nodiscard]] std::uint64_t receive_errors() const override;

 private:
  struct Connecting;

  void try_open();
  void open_serial();
  void connect();
  void connected(ErrorCode error, Connecting& attempt);
  void ready();
  void failed(const std::string& why);

  asio::io_context& io_;
  LinkSettings settings_;
  Handlers handlers_;
  Limits limits_;
  StreamChannel channel_;
  asio::steady_timer timer_;
  std::shared_ptr<Connecting> connecting_;
  Duration retry_;
  std::optional<std::chrono::steady_clock::time_point> up_since_;
  bool complained_ = false;  ///< since it was last up
  std::string trouble_ = "it was not opened yet";
};

}  // namespace muster::node
