// SPDX-License-Identifier: Apache-2.0
#include "node/io/tunnel_listener.hpp"

#include <unistd.h>

#include "core/io/asio_endpoint.hpp"
#include "radio/tunnel_modem.hpp"

namespace muster::node {

using asio::ip::tcp;

TunnelListener::TunnelListener(asio::io_context& io, LinkSettings settings, Handlers handlers,
                               Limits limits)
    : io_(io),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      limits_(limits),
      acceptor_(io),
      timer_(io) {}

tcp::endpoint TunnelListener::local_endpoint() const {
  ErrorCode ignored;
  return acceptor_.local_endpoint(ignored);
}

void TunnelListener::try_listen() {
  ErrorCode error;
  const auto at = IpEndpoint::parse(settings_.address);
  const auto endpoint = to_tcp(at.value_or(IpEndpoint{}));
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) {
    trouble_.clear();
    accept();
    handlers_.changed(true, {});
    return;
  }
  ErrorCode ignored;
  acceptor_.close(ignored);
  trouble_ = error.message();
  timer_.expires_after(limits_.retry);
  timer_.async_wait([this](ErrorCode cancelled) {
    if (!cancelled) try_listen();
  });
  if (complained_) return;
  complained_ = true;
  handlers_.changed(false, trouble_);
}

void TunnelListener::accept() {
  acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      add(std::move(socket));
      accept();
      return;
    }
    // Too many open files, for example: it passes, and must not be asked for at once.
    ++receive_errors_;
    timer_.expires_after(limits_.retry);
    timer_.async_wait([this](ErrorCode cancelled) {
      if (!cancelled) accept();
    });
  });
}

void TunnelListener::add(tcp::socket socket) {
  ErrorCode error;
  const auto from = to_endpoint(socket.remote_endpoint(error));
  if (error || callers_.size() >= limits_.callers_max) {
    ++receive_errors_;
    return;
  }
  socket.set_option(tcp::no_delay{true}, error);
  socket.set_option(asio::socket_base::keep_alive{true}, error);
  const int descriptor = dup(socket.native_handle());
  if (descriptor < 0) {
    ++receive_errors_;
    return;
  }
  const auto caller = LinkAddress::from_ip(from);
  auto channel = std::make_shared<StreamChannel>(
      io_, std::make_unique<radio::TunnelModem>(caller),
      StreamChannel::Handlers{[this](const LinkAddress& peer, BytesView datagram) {
                                handlers_.received(peer, datagram);
                              },
                              [] {}, [this, caller](const std::string&) { remove(caller); }});
  callers_[caller] = channel;
  channel->open(descriptor);
}

void TunnelListener::remove(const LinkAddress& caller) {
  const auto found = callers_.find(caller);
  if (found == callers_.end()) return;
  // It is the channel that calls: it must outlive its own call.
  auto channel = std::move(found->second);
  callers_.erase(found);
  const auto modem = channel->counters();
  receive_errors_ += modem.malformed;
  send_errors_ += channel->dropped() + modem.dropped;
  asio::post(io_, [channel] {});
}

void TunnelListener::send(const LinkAddress& to, BytesView datagram) {
  const auto caller = callers_.find(to);
  if (caller == callers_.end()) {
    ++send_errors_;
    return;
  }
  const auto channel = caller->second;
  channel->send(std::nullopt, datagram);
}

void TunnelListener::send_to_all(BytesView datagram) {
  const auto all = callers_;
  for (const auto& [address, channel] : all) channel->send(std::nullopt, datagram);
}

}  // namespace muster::node
