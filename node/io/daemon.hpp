// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <spdlog/logger.h>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "core/io/sqlite_store.hpp"
#include "discovery/io/dns_discovery.hpp"
#include "discovery/io/mdns_discovery.hpp"
#include "node/field_node.hpp"
#include "node/io/control_server.hpp"
#include "node/io/event_journal.hpp"
#include "node/io/event_publisher.hpp"
#include "node/io/link.hpp"
#include "node/io/media_ports.hpp"
#include "node/io/os_random.hpp"
#include "node/io/phone_socket.hpp"
#include "node/io/phone_tcp.hpp"
#include "node/io/service_manager.hpp"
#include "node/io/state_directory.hpp"
#include "node/settings.hpp"

namespace muster::node {

/// A FieldNode joined to the world: sockets, timer, database and control socket, all driven by one
/// io_context on one thread.
class Daemon {
 public:
  /// Opens what must be there at start: kit, database, SIP address, control socket. The first that
  /// cannot be had is the failure.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> open(asio::io_context& io, Settings settings,
                                                            std::shared_ptr<spdlog::logger> log);
  /// Tells the service manager, before the loop ends.
  void stopping() { service_manager_.stopping(); }

 private:
  Daemon(asio::io_context& io, Settings settings, std::shared_ptr<spdlog::logger> log);
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> open_state();
  [[nodiscard]] Result<void> listen_for_phones();
  void open_discovery();
  void open_dns();
  void open_journal();
  void open_publisher();
  void open_links();
  [[nodiscard]] Report answer(const Asked& asked);
  void count(std::vector<StatusReport::Counter>& into) const;
  void carry_out(const FieldNode::Happened& happened);
  void link_changed(std::size_t number, bool up, const std::string& why);
  /// Hands `step` the time, carries out what the node then wants and sets the timer.
  template <typename Step>
  void drive(Step step);
  void carry_out();
  void carry_out(const FieldNode::SendLink& send);
  void carry_out(const FieldNode::LookedUp&) {}  // nobody in the daemon asks
  void carry_out(const FieldNode::SendPhone& send);
  void carry_out(const FieldNode::SendMedia& send);
  void carry_out(const FieldNode::Note& note);
  void set_timer();

  asio::io_context& io_;
  Settings settings_;
  std::shared_ptr<spdlog::logger> log_;
  asio::steady_timer timer_;
  OsRandom random_;
  PhoneSocket phones_;
  PhoneTcp phones_tcp_;
  MediaPorts media_;
  std::string identity_;
  std::optional<StateDirectory> state_;
  std::unique_ptr<io::SqliteStore> store_;
  std::unique_ptr<EventJournal> journal_;
  bool journal_fails_ = false;
  std::unique_ptr<EventPublisher> publisher_;
  std::uint64_t events_ = 0;
  std::unique_ptr<FieldNode> node_;
  std::vector<std::unique_ptr<Link>> links_;
  radio::ShortStation station_;
  std::unique_ptr<ControlServer> control_;
  discovery::ServiceTable::TagOf service_tag_;
  discovery::ServiceTable::Counters mdns_counters_;
  std::unique_ptr<discovery::MdnsDiscovery> mdns_;
  std::string overlay_;
  std::unique_ptr<discovery::DnsDiscovery> dns_;
  ServiceManager service_manager_;
};

}  // namespace muster::node
