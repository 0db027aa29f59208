// SPDX-License-Identifier: Apache-2.0
#include "node/io/phone_tcp.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/io/asio_endpoint.hpp"

namespace muster::node {
namespace {

/// After the system has refused to accept (no file handles, say): not at once again.
constexpr std::chrono::milliseconds accept_pause{200};

}  // namespace

PhoneTcp::PhoneTcp(asio::io_context& io, Received received, Ended ended, Limits limits)
    : io_(io),
      acceptor_(io),
      accept_again_(io),
      limits_(limits),
      told_(std::move(ended)),
      handlers_{std::move(received), [this](const IpEndpoint& phone, PhoneConnection::End why) {
                  this->ended(phone, why);
                }} {}

PhoneTcp::~PhoneTcp() {
  handlers_.ended = [](const IpEndpoint&, PhoneConnection::End) {};
  for (const auto& [phone, connection] : connections_) connection->close();
}

Result<IpEndpoint> PhoneTcp::listen(const IpEndpoint& endpoint) {
  const auto address = to_tcp(endpoint);
  ErrorCode error;
  acceptor_.open(address.protocol(), error);
  // A restarted node must not wait until the connections of its earlier life have timed out.
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address{true}, error);
  if (!error) acceptor_.bind(address, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(
        fmt::format("sip.listen {} over TCP: {}; is another SIP program running, and is the "
                    "address one of this machine? sip.tcp = false does without TCP",
                    endpoint.text(), error.message()));
  }
  accept();
  return to_endpoint(acceptor_.local_endpoint());
}

void PhoneTcp::accept() {
  acceptor_.async_accept([this](ErrorCode error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      accepted(std::move(socket));
      return accept();
    }
    accept_again_.expires_after(accept_pause);
    accept_again_.async_wait([this](ErrorCode cancelled) {
      if (!cancelled) accept();
    });
  });
}

void PhoneTcp::accepted(asio::ip::tcp::socket socket) {
  ErrorCode error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const IpEndpoint phone = to_endpoint(remote);
  if (!room_for(phone.address) || connections_.contains(phone)) {
    ++refused_;
    return;
  }
  auto connection =
      std::make_shared<PhoneConnection>(std::move(socket), phone, limits_.connection, handlers_);
  connections_.emplace(phone, connection);
  connection->begin();
}

bool PhoneTcp::room_for(const IpAddress& address) const {
  const auto same_address =
      std::count_if(connections_.begin(), connections_.end(),
                    [&](const auto& entry) { return entry.first.address == address; });
  return connections_.size() < limits_.connections_max &&
         static_cast<std::size_t>(same_address) < limits_.connections_per_address_max;
}

void PhoneTcp::send(const IpEndpoint& to, BytesView message) {
  auto known = connections_.find(to);
  if (known == connections_.end()) {
    if (!room_for(to.address)) {
      ++refused_;
      asio::post(io_, [this, to] { told_(to); });
      return;
    }
    auto connection = std::make_shared<PhoneConnection>(asio::ip::tcp::socket{io_}, to,
                                                        limits_.connection, handlers_);
    known = connections_.emplace(to, std::move(connection)).first;
    known->second->connect();
  }
  known->second->send(message);
}

void PhoneTcp::ended(const IpEndpoint& phone, PhoneConnection::End why) {
  ++ends_[why];
  connections_.erase(phone);
  told_(phone);
}

std::vector<StatusReport::Counter> PhoneTcp::counters() const {
  using End = PhoneConnection::End;
  const auto count = [&](End why) {
    const auto found = ends_.find(why);
    return found == ends_.end() ? 0 : found->second;
  };
  return {{"sip_tcp.refused_too_many", refused_},
          {"sip_tcp.bad_stream", count(End::bad_stream)},
          {"sip_tcp.too_slow", count(End::too_slow)},
          {"sip_tcp.idle", count(End::idle)},
          {"sip_tcp.not_reading", count(End::overfull)},
          {"sip_tcp.not_connected", count(End::not_connected)}};
}

}  // namespace muster::node
