// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "discovery/io/ares_channel.hpp"

namespace muster::discovery {

/// One question to the DNS where a service of a domain is: SRV (RFC 2782), then the addresses of
/// each target. Where there is no SRV record, the addresses of the domain itself at the usual port
/// (as RFC 3263, section 4.2, does for SIP).
class DnsRound {
 public:
  struct Limits {
    std::size_t targets_max = 8;    ///< of SRV records, by priority and then weight
    std::size_t addresses_max = 4;  ///< of each target
  };
  struct Answer {
    std::vector<IpEndpoint> endpoints;  ///< none: the DNS says that there is nobody
    std::size_t left_out = 0;           ///< targets and addresses beyond the limits
  };
  using Done = std::function<void(Result<Answer>)>;
  struct Question {
    std::string service;  ///< "_muster._udp"
    std::string domain;
    std::uint16_t port = 0;  ///< the usual one
  };

  /// `done` is called once by `io`, unless this ends before. `servers` as AresChannel's.
  DnsRound(asio::io_context& io, Limits limits, Question question, const std::string& servers,
           Done done);
  ~DnsRound();
  DnsRound(const DnsRound&) = delete;

 private:
  struct Target {
    std::string host;
    std::uint16_t port = 0;
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
  };
  struct AddressesOf {
    DnsRound* round;
    std::uint16_t port;
  };

  void ask_service();
  void service_told(int status, const unsigned char* reply, int octets);
  void ask_addresses(std::vector<Target> targets);
  void addresses_told(std::uint16_t port, int status, const ares_addrinfo* found);
  void failed(int status);
  void finish(Result<Answer> answer);

  asio::io_context& io_;
  Limits limits_;
  Question question_;
  Done done_;
  std::unique_ptr<AresChannel> channel_;
  std::size_t waiting_ = 0;  ///< for the addresses of so many targets
  bool asking_ = false;      ///< more targets are still to be asked for
  std::string trouble_;      ///< why something is not known; empty: the DNS has said so
  Answer answer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace muster::discovery
