// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/io/asio.hpp"
#include "discovery/dns_entrances.hpp"
#include "discovery/io/dns_round.hpp"

namespace muster::discovery {

/// Finds nodes of the overlay by the DNS, where its domain is known there, again and again at a
/// falling rate.
class DnsDiscovery {
 public:
  struct Config {
    std::string domain;  ///< the overlay's
    DnsEntrances::Limits entrances;
    DnsRound::Limits round;
    std::uint64_t seed = 0;
    std::string servers;  ///< as AresChannel's
  };
  /// Called by the io_context, never after the end of this.
  struct Handlers {
    std::function<void(const IpEndpoint&)> found;
    /// For the log, when it is another than before. `news`: somebody was named.
    std::function<void(bool news, const std::string&)> said;
  };
  /// The usual port of nodes, where the DNS does not say another.
  static constexpr std::uint16_t usual_port = 7077;

  DnsDiscovery(asio::io_context& io, Config config, Handlers handlers);
  [[nodiscard]] const DnsEntrances::Counters& counters() const { return entrances_.counters(); }

 private:
  void carry_out();
  void ask();
  void told(const Result<DnsRound::Answer>& answer);
  void say(bool news, std::string text);

  asio::io_context& io_;
  Config config_;
  Handlers handlers_;
  asio::steady_timer timer_;
  DnsEntrances entrances_;
  std::unique_ptr<DnsRound> round_;
  std::string said_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace muster::discovery
