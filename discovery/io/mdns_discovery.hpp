// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/io/asio.hpp"
#include "core/ports/random.hpp"
#include "discovery/io/link_interfaces.hpp"
#include "discovery/service_table.hpp"

namespace muster::discovery {

class MdnsWorker;

/// Finds and is found by mDNS (RFC 6762, 6763) on the configured links, whatever comes and goes:
/// interfaces, addresses, the avahi-daemon.
///
/// Works on a thread of its own, since a daemon that hangs makes whoever asks it wait.
class MdnsDiscovery {
 public:
  enum class Use { daemon_else_embedded, daemon, embedded };
  struct Config {
    Use use = Use::daemon_else_embedded;
    std::vector<ConfiguredLink> links;
    ServiceTable::TagOf tag_of;  ///< called on the other thread
  };
  /// Called by `io`, never after the end of this.
  struct Handlers {
    std::function<void(const LinkPath&)> found;
    std::function<void(const LinkPath&)> gone;
    std::function<void(const ServiceTable::Counters&)> counted;
    /// For the log; `warning` false: for information.
    std::function<void(bool warning, const std::string&)> said;
  };

  /// `random` may be used from two threads and outlives this, as does `io`.
  MdnsDiscovery(asio::io_context& io, Config config, ports::Random& random, Handlers handlers);
  /// Says goodbye to the network. Waits for a daemon that hangs for as long as D-Bus does (25 s).
  ~MdnsDiscovery();
  MdnsDiscovery(const MdnsDiscovery&) = delete;

 private:
  asio::io_context worker_io_{1};
  std::shared_ptr<Handlers> handlers_;
  std::unique_ptr<MdnsWorker> worker_;
  std::thread thread_;
};

}  // namespace muster::discovery
