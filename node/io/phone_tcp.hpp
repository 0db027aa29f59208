// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "node/io/phone_connection.hpp"
#include "node/report.hpp"

namespace muster::node {

/// SIP over TCP for phones, beside PhoneSocket on the same address: connections of phones are used
/// in both directions, and where there is none one is made.
class PhoneTcp {
 public:
  struct Limits {
    std::size_t connections_max = 256;             ///< some 20 kB each when idle
    std::size_t connections_per_address_max = 64;  ///< several phones may share a machine or a NAT
    PhoneConnection::Limits connection;
  };
  using Received = std::function<void(const IpEndpoint& from, BytesView message)>;
  using Ended = std::function<void(const IpEndpoint& phone)>;

  PhoneTcp(asio::io_context& io, Received received, Ended ended)
      : PhoneTcp(io, std::move(received), std::move(ended), Limits{}) {}
  PhoneTcp(asio::io_context& io, Received received, Ended ended, Limits limits);
  ~PhoneTcp();
  PhoneTcp(const PhoneTcp&) = delete;

  /// Fails if the address is not ours or the port is taken. Returns where it listens.
  [[nodiscard]] Result<IpEndpoint> listen(const IpEndpoint& endpoint);
  /// Over the connection with that phone, or a new one. What cannot be sent ends the connection,
  /// and that is told.
  void send(const IpEndpoint& to, BytesView message);

  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  /// Connections that were refused or ended, by reason.
  [[nodiscard]] std::vector<StatusReport::Counter> counters() const;

 private:
  using Connection = std::shared_ptr<PhoneConnection>;

  void accept();
  void accepted(asio::ip::tcp::socket socket);
  [[nodiscard]] bool room_for(const IpAddress& address) const;
  void ended(const IpEndpoint& phone, PhoneConnection::End why);

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer accept_again_;
  Limits limits_;
  Ended told_;
  PhoneConnection::Handlers handlers_;
  std::map<IpEndpoint, Connection> connections_;
  std::map<PhoneConnection::End, std::uint64_t> ends_;
  std::uint64_t refused_ = 0;
};

}  // namespace muster::node
