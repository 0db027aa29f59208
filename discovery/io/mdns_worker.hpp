// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/io/asio.hpp"
#include "core/ports/random.hpp"
#include "discovery/io/mdns_discovery.hpp"
#include "discovery/io/mdns_responder.hpp"

namespace muster::discovery {

/// What MdnsDiscovery does on its own thread: watches the interfaces, has a responder that fits
/// them, makes a new one when either changes, and keeps the table of what it shows.
class MdnsWorker {
 public:
  /// The handlers are called on the worker's own thread.
  MdnsWorker(asio::io_context& io, MdnsDiscovery::Config config, ports::Random& random,
             MdnsDiscovery::Handlers handlers);

  void start();
  /// Withdraws our services.
  void end();

 private:
  enum class Source { none, daemon, embedded };
  struct Services {
    std::vector<OwnService> own;
    std::vector<PublishedService> published;
  };
  /// A responder, and the number that its events bear.
  struct Numbered {
    std::unique_ptr<MdnsResponder> responder;
    std::uint64_t number = 0;
  };
  using Opened = Result<Numbered>;

  void watch();
  void look();
  void renew();
  void renew_from_daemon();
  void take(Source source, Numbered opened, std::vector<OwnService> own);
  void drop_responder();
  [[nodiscard]] Services new_services();
  [[nodiscard]] Opened open_daemon(const Services& services);
  [[nodiscard]] Opened open_embedded(const Services& services);
  [[nodiscard]] MdnsResponder::Events events_of(std::uint64_t number, Source source);
  [[nodiscard]] bool daemon_is_tried() const;
  void failed(Source source, const std::string& why);
  void misplaced();
  void drain();
  void set_table_timer();
  void say(bool warning, const std::string& text);
  [[nodiscard]] bool wall_clock_has_jumped();

  asio::io_context& io_;
  MdnsDiscovery::Config config_;
  ports::Random& random_;
  MdnsDiscovery::Handlers handlers_;
  asio::steady_timer watch_timer_;
  asio::steady_timer table_timer_;
  ServiceTable table_;
  ServiceTable::Counters told_counters_;
  std::vector<LinkInterface> interfaces_;
  std::unique_ptr<MdnsResponder> responder_;
  Source source_ = Source::none;
  std::uint64_t made_ = 0;     ///< responders so far
  std::uint64_t serving_ = 0;  ///< the number of the one in use; what others say does not count
  TimePoint retry_at_{};
  TimePoint daemon_at_{};  ///< when the daemon may be tried (again)
  Duration daemon_wait_;   ///< after its next failure
  bool daemon_elsewhere_ = false;
  Duration wall_offset_;  ///< of the wall clock to the steady one
  std::string said_;
};

}  // namespace muster::discovery
