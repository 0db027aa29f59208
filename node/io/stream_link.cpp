// SPDX-License-Identifier: Apache-2.0
#include "node/io/stream_link.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace muster::node {

using asio::ip::tcp;

/// One attempt to reach a host, which may take long and be given up.
struct StreamLink::Connecting {
  explicit Connecting(asio::io_context& io) : resolver(io), socket(io), patience(io) {}
  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer patience;
  bool over = false;

  void stop() {
    over = true;
    ErrorCode ignored;
    resolver.cancel();
    socket.close(ignored);
    patience.cancel();
  }
};

StreamLink::StreamLink(asio::io_context& io, LinkSettings settings,
                       std::unique_ptr<radio::Modem> modem, Handlers handlers, Limits limits)
    : io_(io),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      limits_(limits),
      channel_(io, std::move(modem),
               {[this](const LinkAddress& from, BytesView datagram) {
                  handlers_.received(from, datagram);
                },
                [this] { ready(); }, [this](const std::string& why) { failed(why); },
                [this](std::size_t datagram_bytes) {
                  if (handlers_.overheard) handlers_.overheard(datagram_bytes);
                }}),
      timer_(io),
      retry_(limits.retry_min) {}

StreamLink::~StreamLink() {
  if (connecting_) connecting_->stop();
}

void StreamLink::try_open() {
  if (settings_.device.empty()) {
    connect();
  } else {
    open_serial();
  }
}

void StreamLink::open_serial() {
  asio::serial_port port{io_};
  ErrorCode error;
  port.open(settings_.device, error);
  if (error) {
    failed(error.message());
    return;
  }
  using asio::serial_port_base;
  port.set_option(serial_port_base::baud_rate{settings_.speed}, error);
  if (error) {
    failed(fmt::format("speed {}: {}", settings_.speed, error.message()));
    return;
  }
  port.set_option(serial_port_base::character_size{8}, error);
  port.set_option(serial_port_base::parity{serial_port_base::parity::none}, error);
  port.set_option(serial_port_base::stop_bits{serial_port_base::stop_bits::one}, error);
  port.set_option(serial_port_base::flow_control{serial_port_base::flow_control::none}, error);
  const int descriptor = dup(port.native_handle());
  if (descriptor < 0) {
    failed(ErrorCode{errno, boost::system::system_category()}.message());
    return;
  }
  channel_.open(descriptor);
}

void StreamLink::connect() {
  const auto colon = settings_.address.rfind(':');
  std::string host = settings_.address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  connecting_ = std::make_shared<Connecting>(io_);
  auto attempt = connecting_;
  attempt->patience.expires_after(limits_.connect_patience);
  attempt->patience.async_wait([this, attempt](ErrorCode error) {
    if (!error && !attempt->over) connected(asio::error::timed_out, *attempt);
  });
  attempt->resolver.async_resolve(
      host, settings_.address.substr(colon + 1),
      [this, attempt](ErrorCode unknown, const tcp::resolver::results_type& found) {
        if (attempt->over) return;
        if (unknown) {
          connected(unknown, *attempt);
          return;
        }
        asio::async_connect(attempt->socket, found, [this, attempt](ErrorCode error, const auto&) {
          if (!attempt->over) connected(error, *attempt);
        });
      });
}

void StreamLink::connected(ErrorCode error, Connecting& attempt) {
  int descriptor = -1;
  if (!error) {
    attempt.socket.set_option(tcp::no_delay{true}, error);
    attempt.socket.set_option(asio::socket_base::keep_alive{true}, error);
    error.clear();
    descriptor = dup(attempt.socket.native_handle());
    if (descriptor < 0) error = {errno, boost::system::system_category()};
  }
  const auto kept = std::exchange(connecting_, nullptr);
  attempt.stop();
  if (error) {
    failed(error.message());
  } else {
    channel_.open(descriptor);
  }
}

void StreamLink::ready() {
  up_since_ = std::chrono::steady_clock::now();
  complained_ = false;
  trouble_.clear();
  handlers_.changed(true, {});
}

void StreamLink::failed(const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  if (up_since_ && now - *up_since_ >= limits_.steady_after) retry_ = limits_.retry_min;
  up_since_.reset();
  trouble_ = why;
  timer_.expires_after(retry_);
  timer_.async_wait([this](ErrorCode error) {
    if (!error) try_open();
  });
  retry_ = std::min(retry_ * 3 / 2, limits_.retry_max);
  if (complained_) return;
  complained_ = true;
  handlers_.changed(false, why);
}

void StreamLink::send(const LinkAddress& to, BytesView datagram) { channel_.send(to, datagram); }
void StreamLink::send_to_all(BytesView datagram) { channel_.send(std::nullopt, datagram); }

std::uint64_t StreamLink::send_errors() const {
  const auto modem = channel_.counters();
  return channel_.dropped() + modem.dropped + modem.refused;
}

std::uint64_t StreamLink::receive_errors() const { return channel_.counters().malformed; }

}  // namespace muster::node
