// SPDX-License-Identifier: Apache-2.0
#include "node/io/daemon.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/byte_reader.hpp"
#include "node/dns_use.hpp"
#include "node/service_tag.hpp"
#include "security/io/installed_kit.hpp"

namespace muster::node {
namespace {

TimePoint steady_now() { return TimePoint{std::chrono::steady_clock::now().time_since_epoch()}; }

std::int64_t wall_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class SystemClock final : public ports::WallClock {
 public:
  [[nodiscard]] std::int64_t unix_s() const override { return wall_clock_ms() / 1000; }
};
const SystemClock system_clock;

LinkId link_id(std::size_t number) { return LinkId{static_cast<std::uint16_t>(number)}; }

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::open(asio::io_context& io, Settings settings,
                                             std::shared_ptr<spdlog::logger> log) {
  std::unique_ptr<Daemon> daemon{new Daemon(io, std::move(settings), std::move(log))};
  if (auto started = daemon->start(); !started) return tl::make_unexpected(started.error());
  return daemon;
}

Daemon::Daemon(asio::io_context& io, Settings settings, std::shared_ptr<spdlog::logger> log)
    : io_(io),
      settings_(std::move(settings)),
      log_(std::move(log)),
      timer_(io),
      phones_(io,
              [this](const IpEndpoint& from, BytesView datagram) {
                drive([&](TimePoint now) { node_->receive_phone(now, from, datagram); });
              }),
      phones_tcp_(
          io,
          [this](const IpEndpoint& from, BytesView message) {
            const sip::PhoneAddress phone{from, sip::PhoneTransport::tcp};
            drive([&](TimePoint now) { node_->receive_phone(now, phone, message); });
          },
          [this](const IpEndpoint& from) {
            const sip::PhoneAddress phone{from, sip::PhoneTransport::tcp};
            drive([&](TimePoint now) { node_->phone_connection_ended(now, phone); });
          }),
      media_(io, settings_.sip_listen.address, settings_.media_port_first,
             settings_.media_port_last,
             [this](std::uint16_t port, const IpEndpoint& from, BytesView datagram) {
               drive([&](TimePoint now) { node_->receive_media(now, port, from, datagram); });
             }),
      service_manager_(io) {}

Result<void> Daemon::start() {
  if (auto opened = open_state(); !opened) return opened;
  if (auto listening = listen_for_phones(); !listening) return listening;
  auto control = ControlServer::open(io_, settings_.control_socket,
                                     [this](const Asked& asked) { return answer(asked); });
  if (!control) return tl::make_unexpected(control.error());
  control_ = std::move(*control);
  open_publisher();
  open_links();
  open_discovery();
  open_dns();
  drive([&](TimePoint now) { node_->advance(now); });
  service_manager_.ready(identity_);
  return {};
}

Result<void> Daemon::listen_for_phones() {
  if (auto listening = phones_.listen(settings_.sip_listen); !listening) return listening;
  if (!media_.any_pair_free()) {
    // Messages go on without, and the ports may become free.
    log_->warn(
        "media.ports: other programs have all of {} to {}; no call comes about until a pair "
        "is free; choose another range",
        settings_.media_port_first, settings_.media_port_last);
  }
  if (!settings_.sip_tcp) return {};
  if (auto listening = phones_tcp_.listen(settings_.sip_listen); !listening) {
    return tl::make_unexpected(listening.error());
  }
  return {};
}

Result<void> Daemon::open_state() {
  auto state = StateDirectory::open(settings_.state_directory);
  if (!state) return tl::make_unexpected(state.error());
  state_.emplace(std::move(*state));
  const auto kit = security::load_installed_kit(settings_.state_directory);
  if (!kit) return tl::make_unexpected(kit.error());
  service_tag_ = service_tag_of(kit->discovery_key);
  station_ = radio::ShortStation::of(security::node_id_of(*kit));
  identity_ = fmt::format("{} of {}", kit->node_name, kit->overlay);
  overlay_ = kit->overlay;
  umask(0077);  // everything in the state directory is the node's own
  auto store = io::SqliteStore::open(settings_.state_directory + "/muster.db");
  if (!store) return tl::make_unexpected(store.error());
  store_ = std::move(*store);
  open_journal();
  auto node = FieldNode::open(
      steady_now(), *kit, settings_,
      {random_, *store_, *store_, *store_, *store_, media_, nullptr, &system_clock});
  if (!node) return tl::make_unexpected(node.error());
  node_ = std::move(*node);
  return {};
}

/// Neither the journal nor the events are worth refusing calls for.
void Daemon::open_journal() {
  if (settings_.journal_events_max == 0) return;
  EventJournal::Limits limits;
  limits.events_max = settings_.journal_events_max;
  auto journal = EventJournal::open(EventJournal::path_in(settings_.state_directory), limits);
  if (journal) {
    journal_ = std::move(*journal);
  } else {
    log_->warn("{}; going on without a journal", journal.error().sentence);
  }
}

void Daemon::open_publisher() {
  auto publisher = EventPublisher::open(io_, events_endpoint(settings_.control_socket));
  if (publisher) {
    publisher_ = std::move(*publisher);
  } else {
    log_->warn("{}; 'muster watch' will see nothing", publisher.error().sentence);
  }
}

Report Daemon::answer(const Asked& asked) {
  if (asked.question == Question::trace) {
    TraceReport trace;
    drive([&](TimePoint now) { trace = node_->trace(now, asked.target, asked.number); });
    return trace;
  }
  if (asked.question == Question::services) {
    ServicesReport services;
    drive([&](TimePoint now) { services = node_->services(now, asked.target, asked.number); });
    return services;
  }
  if (asked.question == Question::health) {
    HealthReport health;
    drive([&](TimePoint now) { health = node_->check_health(now); });
    return health;
  }
  Report report = node_->report(steady_now(), asked.question);
  if (auto* links = std::get_if<std::vector<LinkReport>>(&report)) {
    for (std::size_t i = 0; i < std::min(links->size(), links_.size()); ++i) {
      (*links)[i].trouble = links_[i]->trouble();
      (*links)[i].send_errors = links_[i]->send_errors();
      (*links)[i].receive_errors = links_[i]->receive_errors();
    }
  } else if (auto* status = std::get_if<StatusReport>(&report)) {
    count(status->counters);
  }
  return report;
}

/// What was dropped before it came to the node.
void Daemon::count(std::vector<StatusReport::Counter>& into) const {
  into.push_back({"mdns.foreign", mdns_counters_.foreign});
  into.push_back({"mdns.off_link", mdns_counters_.off_link});
  into.push_back({"mdns.malformed", mdns_counters_.malformed});
  into.push_back({"mdns.table_full", mdns_counters_.table_full});
  if (dns_) {
    into.push_back({"dns.refused", dns_->counters().refused});
    into.push_back({"dns.over_limit", dns_->counters().over_limit});
    into.push_back({"dns.failed", dns_->counters().failed});
  }
  for (auto& counter : phones_tcp_.counters()) into.push_back(std::move(counter));
}

void Daemon::open_links() {
  if (settings_.links.empty()) {
    log_->warn("no [[link]] in the configuration: phones here reach each other and nobody else");
  }
  for (std::size_t number = 0; number < settings_.links.size(); ++number) {
    links_.push_back(make_link(
        io_, settings_.links[number], station_,
        Link::Handlers{
            [this, number](const LinkAddress& from, BytesView datagram) {
              drive([&](TimePoint now) {
                node_->receive_link(now, {link_id(number), from}, datagram);
              });
            },
            [this, number](bool up, const std::string& why) { link_changed(number, up, why); },
            [this, number](std::size_t datagram_bytes) {
              drive([&](TimePoint now) { node_->overheard(now, link_id(number), datagram_bytes); });
            }}));
  }
  // Started once all exist: a link that is up at once may already be written to.
  for (auto& link : links_) link->start();
}

void Daemon::open_discovery() {
  using discovery::MdnsDiscovery;
  MdnsDiscovery::Config config;
  switch (settings_.avahi) {
    case AvahiUse::off:
      return;
    case AvahiUse::automatic:
      config.use = MdnsDiscovery::Use::daemon_else_embedded;
      break;
    case AvahiUse::daemon:
      config.use = MdnsDiscovery::Use::daemon;
      break;
    case AvahiUse::embedded:
      config.use = MdnsDiscovery::Use::embedded;
      break;
  }
  for (std::size_t number = 0; number < settings_.links.size(); ++number) {
    const auto& link = settings_.links[number];
    if (link.kind != LinkKind::udp) continue;
    config.links.push_back({link_id(number), link.interface, link.port});
  }
  if (config.links.empty()) return;
  config.tag_of = service_tag_;
  mdns_ = std::make_unique<MdnsDiscovery>(
      io_, std::move(config), random_,
      MdnsDiscovery::Handlers{
          [this](const LinkPath& path) {
            drive([&](TimePoint now) { node_->candidate(now, path); });
          },
          [this](const LinkPath& path) {
            drive([&](TimePoint now) { node_->candidate_gone(now, path); });
          },
          [this](const discovery::ServiceTable::Counters& counters) { mdns_counters_ = counters; },
          [this](bool warning, const std::string& text) {
            log_->log(warning ? spdlog::level::warn : spdlog::level::info, "{}", text);
          }});
}

void Daemon::open_dns() {
  if (!asks_dns(settings_, overlay_)) return;
  discovery::DnsDiscovery::Config config;
  config.domain = overlay_;
  std::array<std::uint8_t, 8> seed{};
  random_.fill(seed);
  config.seed = ByteReader{seed}.u64();
  dns_ = std::make_unique<discovery::DnsDiscovery>(
      io_, std::move(config),
      discovery::DnsDiscovery::Handlers{
          [this](const IpEndpoint& peer) {
            drive([&](TimePoint now) { node_->peer_named(now, peer); });
          },
          [this](bool news, const std::string& text) {
            log_->log(news ? spdlog::level::info : spdlog::level::debug, "{}", text);
          }});
}

void Daemon::link_changed(std::size_t number, bool up, const std::string& why) {
  const auto& link = settings_.links[number];
  const auto& name = link.name();
  if (up) {
    log_->info("link {} is up", name);
    drive([&](TimePoint now) {
      node_->link_up(now, link_id(number), link.datagram_bytes_max(), link.profile);
    });
  } else {
    log_->warn("link {}: {}; it is tried again until it is there", name, why);
    drive([&](TimePoint now) { node_->link_down(now, link_id(number)); });
  }
}

template <typename Step>
void Daemon::drive(Step step) {
  step(steady_now());
  carry_out();
  set_timer();
}

void Daemon::carry_out() {
  while (auto output = node_->poll()) {
    std::visit([this](const auto& action) { carry_out(action); }, *output);
  }
}

void Daemon::carry_out(const FieldNode::SendLink& send) {
  if (send.link.number >= links_.size()) return;
  auto& link = *links_[send.link.number];
  if (send.to) {
    link.send(*send.to, send.datagram);
  } else {
    link.send_to_all(send.datagram);
  }
}

void Daemon::carry_out(const FieldNode::SendPhone& send) {
  if (send.to.transport == sip::PhoneTransport::tcp) {
    phones_tcp_.send(send.to.endpoint, send.message);
  } else {
    phones_.send(send.to.endpoint, send.message);
  }
}

void Daemon::carry_out(const FieldNode::SendMedia& send) {
  media_.send(send.local_port, send.to, send.packet);
}

void Daemon::carry_out(const FieldNode::Note& note) {
  switch (note.level) {
    case FieldNode::Note::Level::debug:
      log_->debug("{}", note.text);
      break;
    case FieldNode::Note::Level::info:
      log_->info("{}", note.text);
      break;
    case FieldNode::Note::Level::warning:
      log_->warn("{}", note.text);
      break;
  }
}

void Daemon::carry_out(const FieldNode::Happened& happened) {
  const auto now_ms = wall_clock_ms();
  if (publisher_) publisher_->publish({++events_, now_ms, happened.event});
  if (!journal_) return;
  const bool failed = !journal_->append(now_ms, happened.event);
  if (failed && !journal_fails_) {
    log_->warn("the journal cannot be written; is the disk full? It is tried again");
  }
  journal_fails_ = failed;
}

void Daemon::set_timer() {
  const auto due = node_->deadline();
  if (!due) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(due->time_since_epoch())});
  timer_.async_wait([this](ErrorCode error) {
    if (!error) drive([&](TimePoint now) { node_->advance(now); });
  });
}

}  // namespace muster::node
