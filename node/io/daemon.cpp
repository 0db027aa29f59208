// SPDX-License-Identifier: Apache-2.0
#include "node/io/daemon.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "node/service_tag.hpp"
#include "security/io/installed_kit.hpp"

namespace muster::node {
namespace {

TimePoint steady_now() { return TimePoint{std::chrono::steady_clock::now().time_since_epoch()}; }

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
             }) {}

Result<void> Daemon::start() {
  if (auto opened = open_state(); !opened) return opened;
  if (auto listening = listen_for_phones(); !listening) return listening;
  auto control = ControlServer::open(io_, settings_.control_socket,
                                     [this](Question question) { return answer(question); });
  if (!control) return tl::make_unexpected(control.error());
  control_ = std::move(*control);
  open_links();
  open_discovery();
  drive([&](TimePoint now) { node_->advance(now); });
  return {};
}

Result<void> Daemon::listen_for_phones() {
  if (auto listening = phones_.listen(settings_.sip_listen); !listening) return listening;
  if (!settings_.sip_tcp) return {};
  if (auto listening = phones_tcp_.listen(settings_.sip_listen); !listening) {
    return tl::make_unexpected(listening.error());
  }
  return {};
}

Result<void> Daemon::open_state() {
  const auto kit = security::load_installed_kit(settings_.state_directory);
  if (!kit) return tl::make_unexpected(kit.error());
  service_tag_ = service_tag_of(kit->discovery_key);
  umask(0077);  // everything in the state directory is the node's own
  auto store = io::SqliteStore::open(settings_.state_directory + "/muster.db");
  if (!store) return tl::make_unexpected(store.error());
  store_ = std::move(*store);
  auto node = FieldNode::open(steady_now(), *kit, settings_,
                              {random_, *store_, *store_, *store_, *store_, media_});
  if (!node) return tl::make_unexpected(node.error());
  node_ = std::move(*node);
  return {};
}

void Daemon::open_links() {
  if (settings_.links.empty()) {
    log_->warn("no [[link]] in the configuration: phones here reach each other and nobody else");
  }
  for (std::size_t number = 0; number < settings_.links.size(); ++number) {
    links_.push_back(std::make_unique<UdpLink>(
        io_, settings_.links[number],
        UdpLink::Handlers{
            [this, number](const LinkAddress& from, BytesView datagram) {
              drive([&](TimePoint now) {
                node_->receive_link(now, {link_id(number), from}, datagram);
              });
            },
            [this, number](bool up, const std::string& why) { link_changed(number, up, why); }}));
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

/// What the node says, with what was dropped before it came to the node.
Report Daemon::answer(Question question) const {
  Report report = node_->report(steady_now(), question);
  if (auto* status = std::get_if<StatusReport>(&report)) {
    auto& counters = status->counters;
    counters.push_back({"mdns.foreign", mdns_counters_.foreign});
    counters.push_back({"mdns.off_link", mdns_counters_.off_link});
    counters.push_back({"mdns.malformed", mdns_counters_.malformed});
    counters.push_back({"mdns.table_full", mdns_counters_.table_full});
    for (auto& counter : phones_tcp_.counters()) counters.push_back(std::move(counter));
  }
  return report;
}

void Daemon::link_changed(std::size_t number, bool up, const std::string& why) {
  const auto& name = settings_.links[number].interface;
  if (up) {
    log_->info("link {} is up", name);
    drive([&](TimePoint now) {
      node_->link_up(now, link_id(number), links_[number]->datagram_bytes_max());
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
