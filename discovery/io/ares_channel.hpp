// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include <ares.h>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"

namespace muster::discovery {

/// c-ares, the resolver, driven by an io_context: its sockets are waited for, its timer is set.
/// Nothing waits for anybody.
class AresChannel {
 public:
  /// `servers`: "ADDRESS:PORT", more of them with commas; empty: those of /etc/resolv.conf, read
  /// now, since a laptop moves.
  [[nodiscard]] static Result<std::unique_ptr<AresChannel>> open(asio::io_context& io,
                                                                 const std::string& servers);
  /// Every question that is under way is told ARES_EDESTRUCTION.
  ~AresChannel();
  AresChannel(const AresChannel&) = delete;

  [[nodiscard]] ares_channel get() const { return channel_; }
  /// To be called after each question.
  void set_timer();

 private:
  struct Socket {
    explicit Socket(asio::io_context& io) : descriptor(io) {}
    asio::posix::stream_descriptor descriptor;
    bool to_read = false;  ///< c-ares wants to be told
    bool to_write = false;
    bool waits_to_read = false;
    bool waits_to_write = false;
  };

  explicit AresChannel(asio::io_context& io) : io_(io), timer_(io) {}
  static void socket_state(void* self, ares_socket_t socket, int readable, int writable);
  void socket_state(ares_socket_t socket, bool readable, bool writable);
  void wait(ares_socket_t socket);
  void process(ares_socket_t readable, ares_socket_t writable);

  asio::io_context& io_;
  asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace muster::discovery
