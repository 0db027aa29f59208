// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/mdns_worker.hpp"

#include <fmt/format.h>

#include "discovery/io/avahi_daemon.hpp"
#include "discovery/io/avahi_embedded.hpp"

namespace muster::discovery {
namespace {

using Use = MdnsDiscovery::Use;

/// How often interfaces and their addresses are looked at.
constexpr std::chrono::seconds watch_interval{2};
/// From a failure to the next attempt.
constexpr std::chrono::seconds retry_interval{5};
/// A daemon that has failed us is left alone for so long, doubling, while ours does its work.
constexpr std::chrono::seconds daemon_wait_min{60};
constexpr std::chrono::seconds daemon_wait_max{3600};
/// Avahi counts by the wall clock and stands still when that is set back: then it is begun anew.
constexpr std::chrono::seconds wall_jump_max{2};

Duration wall_offset() {
  return std::chrono::system_clock::now().time_since_epoch() -
         std::chrono::steady_clock::now().time_since_epoch();
}

TimePoint steady_now() { return TimePoint{std::chrono::steady_clock::now().time_since_epoch()}; }

}  // namespace

MdnsWorker::MdnsWorker(asio::io_context& io, MdnsDiscovery::Config config, ports::Random& random,
                       MdnsDiscovery::Handlers handlers)
    : io_(io),
      config_(std::move(config)),
      random_(random),
      handlers_(std::move(handlers)),
      watch_timer_(io),
      table_timer_(io),
      table_(config_.tag_of, {}),
      daemon_wait_(daemon_wait_min),
      wall_offset_(wall_offset()) {}

void MdnsWorker::start() {
  look();
  watch();
}

void MdnsWorker::end() {
  watch_timer_.cancel();
  table_timer_.cancel();
  drop_responder();
}

void MdnsWorker::watch() {
  watch_timer_.expires_after(watch_interval);
  watch_timer_.async_wait([this](ErrorCode error) {
    if (error) return;
    look();
    watch();
  });
}

void MdnsWorker::look() {
  const TimePoint now = steady_now();
  auto interfaces = read_link_interfaces(config_.links);
  const bool changed = interfaces != interfaces_;
  interfaces_ = std::move(interfaces);
  if (wall_clock_has_jumped() || changed || (!responder_ && now >= retry_at_)) {
    renew();
  } else if (source_ == Source::embedded && daemon_is_tried()) {
    renew_from_daemon();
  }
}

bool MdnsWorker::wall_clock_has_jumped() {
  const Duration offset = wall_offset();
  const Duration before = std::exchange(wall_offset_, offset);
  return std::chrono::abs(offset - before) > wall_jump_max;
}

bool MdnsWorker::daemon_is_tried() const {
  if (config_.use == Use::embedded) return false;
  return config_.use == Use::daemon || (!daemon_elsewhere_ && steady_now() >= daemon_at_);
}

/// A new responder for the interfaces as they are, under new names.
void MdnsWorker::renew() {
  drop_responder();
  retry_at_ = steady_now() + retry_interval;
  if (interfaces_.empty()) return;  // the links say so themselves
  const Services services = new_services();
  std::string trouble;
  if (daemon_is_tried()) {
    auto daemon = open_daemon(services);
    if (daemon) return take(Source::daemon, std::move(*daemon), services.own);
    daemon_at_ = steady_now() + daemon_wait_min;
    trouble = fmt::format("avahi-daemon: {}", daemon.error().sentence);
  }
  if (config_.use != Use::daemon) {
    auto embedded = open_embedded(services);
    if (embedded) return take(Source::embedded, std::move(*embedded), services.own);
    trouble +=
        fmt::format("{}embedded: {}", trouble.empty() ? "" : "; ", embedded.error().sentence);
  }
  say(true, fmt::format("no mDNS ({}); beacons go on, and it is tried again", trouble));
}

/// Ours serves until the daemon does.
void MdnsWorker::renew_from_daemon() {
  const Services services = new_services();
  auto daemon = open_daemon(services);
  daemon_at_ = steady_now() + daemon_wait_min;
  if (!daemon) return;
  drop_responder();
  take(Source::daemon, std::move(*daemon), services.own);
}

void MdnsWorker::take(Source source, Numbered opened, std::vector<OwnService> own) {
  source_ = source;
  responder_ = std::move(opened.responder);
  serving_ = opened.number;
  table_.set_own(steady_now(), std::move(own));
  drain();
}

void MdnsWorker::drop_responder() {
  serving_ = 0;
  source_ = Source::none;
  responder_.reset();
  table_.set_own(steady_now(), {});
  drain();
}

MdnsWorker::Services MdnsWorker::new_services() {
  Services services;
  for (const auto& interface : interfaces_) {
    std::array<std::uint8_t, 8> octets{};
    random_.fill(octets);
    const auto& configured = interface.configured;
    const auto& own = services.own.emplace_back(
        OwnService{configured.link, instance_name(octets), interface.networks});
    auto& published = services.published.emplace_back();
    published.link = configured.link;
    published.interface_index = interface.index;
    published.interface = configured.interface;
    published.instance = own.instance;
    published.port = configured.port;
    published.txt = table_.txt_of(own.instance);
    for (const auto& network : own.networks) published.addresses.push_back(network.own);
  }
  return services;
}

MdnsWorker::Opened MdnsWorker::open_daemon(const Services& services) {
  const auto number = ++made_;
  auto opened = open_avahi_daemon(io_, services.published, events_of(number, Source::daemon));
  if (!opened) return tl::make_unexpected(opened.error());
  return Numbered{std::move(*opened), number};
}

MdnsWorker::Opened MdnsWorker::open_embedded(const Services& services) {
  std::array<std::uint8_t, 8> octets{};
  random_.fill(octets);
  const auto number = ++made_;
  auto opened = open_embedded_avahi(io_, services.published, "muster-" + instance_name(octets),
                                    events_of(number, Source::embedded));
  if (!opened) return tl::make_unexpected(opened.error());
  return Numbered{std::move(*opened), number};
}

/// What a responder says while it is being made comes before it is taken: all is put off until the
/// loop comes round, and is void if another one is in use by then.
MdnsResponder::Events MdnsWorker::events_of(std::uint64_t number, Source source) {
  const auto later = [this, number](auto action) {
    asio::post(io_, [this, number, action] {
      if (number != serving_) return;
      action();
      drain();
    });
  };
  return {
      [this, later](const ServiceKey& key) {
        later([this, key] { table_.appeared(steady_now(), key); });
      },
      [this, later](const ServiceKey& key) {
        later([this, key] { table_.gone(steady_now(), key); });
      },
      [this, later](const ServiceKey& key, const ServiceTable::Resolved& answer) {
        later([this, key, answer] { table_.resolved(steady_now(), key, answer); });
      },
      [this, later, source] {
        later([this, source] {
          if (source == Source::daemon) daemon_wait_ = daemon_wait_min;
          say(false, source == Source::daemon ? "mDNS by avahi-daemon" : "mDNS by an own Avahi");
        });
      },
      [this, later, source](const std::string& why) {
        later([this, source, why] { failed(source, why); });
      },
  };
}

void MdnsWorker::failed(Source source, const std::string& why) {
  drop_responder();
  retry_at_ = steady_now() + retry_interval;
  if (source == Source::daemon) {
    daemon_at_ = steady_now() + daemon_wait_;
    daemon_wait_ = std::min<Duration>(daemon_wait_ * 2, daemon_wait_max);
  }
  say(true, fmt::format("mDNS {}: {}; beacons go on, and it is tried again",
                        source == Source::daemon ? "by avahi-daemon" : "by an own Avahi", why));
}

/// A D-Bus reaches beyond network namespaces: this daemon serves another one than ours.
void MdnsWorker::misplaced() {
  if (source_ != Source::daemon) return;
  if (read_link_interfaces(config_.links) != interfaces_) return;  // ours has just changed
  daemon_elsewhere_ = true;
  failed(Source::daemon, "it shows addresses that are not ours; does it run in another namespace?");
}

void MdnsWorker::drain() {
  while (auto output = table_.poll()) {
    if (const auto* ask = std::get_if<ServiceTable::Resolve>(&*output)) {
      if (responder_) responder_->resolve(ask->service);
    } else if (const auto* found = std::get_if<ServiceTable::Found>(&*output)) {
      handlers_.found(found->path);
    } else if (const auto* gone = std::get_if<ServiceTable::Gone>(&*output)) {
      handlers_.gone(gone->path);
    } else {
      misplaced();
    }
  }
  if (table_.counters() != told_counters_) {
    told_counters_ = table_.counters();
    handlers_.counted(told_counters_);
  }
  set_table_timer();
}

void MdnsWorker::set_table_timer() {
  const auto due = table_.deadline();
  table_timer_.cancel();
  if (!due) return;
  table_timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(due->time_since_epoch())});
  table_timer_.async_wait([this](ErrorCode error) {
    if (error) return;
    table_.advance(steady_now());
    drain();
  });
}

/// The same is said once, however often it is tried.
void MdnsWorker::say(bool warning, const std::string& text) {
  if (said_ != text) handlers_.said(warning, text);
  said_ = text;
}

}  // namespace muster::discovery
