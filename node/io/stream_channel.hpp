// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/link_address.hpp"
#include "core/io/asio.hpp"
#include "radio/modem.hpp"

namespace muster::node {

/// A modem's language spoken over an open stream of octets (a serial line, a TCP connection), until
/// the stream ends or the modem is not what it should be.
class StreamChannel {
 public:
  struct Limits {
    std::size_t waiting_bytes_max = 64 * 1024;  ///< not yet taken by the stream
  };
  struct Handlers {
    std::function<void(const LinkAddress& from, BytesView datagram)> received;
    std::function<void()> ready;
    /// Closed, for this reason. The channel may be destroyed from within.
    std::function<void(const std::string& why)> ended;
    std::function<void(std::size_t datagram_bytes)> overheard{};
  };

  StreamChannel(asio::io_context& io, std::unique_ptr<radio::Modem> modem, Handlers handlers)
      : StreamChannel(io, std::move(modem), std::move(handlers), Limits{}) {}
  StreamChannel(asio::io_context& io, std::unique_ptr<radio::Modem> modem, Handlers handlers,
                Limits limits);
  ~StreamChannel();
  StreamChannel(const StreamChannel&) = delete;

  /// Takes an open file descriptor over.
  void open(int descriptor);
  void close();
  void send(const std::optional<LinkAddress>& to, BytesView datagram);
  [[nodiscard]] radio::Modem::Counters counters() const { return modem_->counters(); }
  /// Datagrams for which the stream had no room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Stream;

  void read(const std::shared_ptr<Stream>& stream);
  void write(const std::shared_ptr<Stream>& stream);
  void drain();
  void carry_out(radio::Modem::Output output);
  void set_timer();
  void end(const std::string& why);

  asio::io_context& io_;
  std::unique_ptr<radio::Modem> modem_;
  Handlers handlers_;
  Limits limits_;
  asio::steady_timer timer_;
  std::shared_ptr<Stream> stream_;  ///< nothing while closed
  std::uint64_t dropped_ = 0;
};

}  // namespace muster::node
