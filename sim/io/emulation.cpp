// SPDX-License-Identifier: Apache-2.0
#include "sim/io/emulation.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>

#include "sim/make_medium.hpp"

namespace muster::sim {
namespace {

constexpr auto node_goodbye = std::chrono::milliseconds{1500};
constexpr const char* device_name = "mesh0";

}  // namespace

unsigned tone_hz(std::size_t user) {
  constexpr std::array<unsigned, 4> first = {440, 587, 698, 880};
  return user < first.size() ? first[user] : 1000 + 70 * static_cast<unsigned>(user % 30);
}

Emulation::Emulation(const Scenario& scenario, Settings settings, EventLoop& loop,
                     PhoneListener listener)
    : scenario_(scenario),
      settings_(std::move(settings)),
      loop_(loop),
      listener_(std::move(listener)),
      reach_(*matrix_topology(scenario)),
      hosts_(scenario.hosts.size()) {}

Emulation::~Emulation() {
  stop_phones();
  for (auto& host : hosts_) {
    if (host.node) host.node->signal(SIGTERM);
  }
  for (auto& host : hosts_) {
    if (host.node) host.node->end(node_goodbye);
  }
  medium_.reset();
}

Result<bool> Emulation::prepare() {
  if (!settings_.nodes) return true;
  const auto passwords = provision(settings_.programs / "muster", settings_.directory, scenario_);
  if (!passwords) return tl::make_unexpected(passwords.error());
  passwords_ = *passwords;
  for (const auto& host : scenario_.hosts) {
    const auto files = files_of(settings_.directory, host);
    if (const auto done = write_configuration(files, scenario_); !done) return done;
  }
  return true;
}

Result<bool> Emulation::build() {
  std::vector<FileDescriptor> taps;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    auto tap = build_host(host);
    if (!tap) return tl::make_unexpected(tap.error());
    taps.push_back(std::move(*tap));
  }
  if (settings_.phones && settings_.nodes) make_phones();
  std::optional<PcapFile> capture;
  if (!settings_.capture.empty()) {
    auto file = PcapFile::create(settings_.capture);
    if (!file) return tl::make_unexpected(file.error());
    capture = std::move(*file);
  }
  RadioMedium medium(reach_.topology(), scenario_.medium.mtu_bytes, settings_.seed);
  configure(scenario_, medium);
  medium_ = std::make_unique<LiveMedium>(std::move(medium), std::move(taps), std::move(capture));
  medium_->start();
  return true;
}

Result<FileDescriptor> Emulation::build_host(HostIndex host) {
  auto place = NetworkNamespace::create(fmt::format("{}-{}", settings_.run, host + 1));
  if (!place) return tl::make_unexpected(place.error());
  hosts_[host].place = std::make_unique<NetworkNamespace>(std::move(*place));
  const RadioDevice device{device_name, LiveMedium::mac_of(host),
                           fmt::format("10.77.0.{}/24", host + 1), scenario_.medium.mtu_bytes};
  auto tap = make_radio_device(*hosts_[host].place, device);
  if (tap)
    hosts_[host].kernel_drops_before = kernel_drops(*hosts_[host].place, device_name).value_or(0);
  return tap;
}

void Emulation::make_phones() {
  std::vector<std::string> users;
  for (const auto& host : scenario_.hosts)
    users.insert(users.end(), host.users.begin(), host.users.end());
  std::size_t number = 0;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    unsigned port = 5080;
    for (const auto& user : scenario_.hosts[host].users) {
      BaresipPhone::Settings phone;
      phone.user = user;
      phone.domain = emulated_domain;
      phone.password = passwords_[user];
      phone.tone_hz = tone_hz(number++);
      phone.sip_port = port;
      phone.control_port = port + 100;
      port += 4;
      for (const auto& other : users) {
        if (other != user) phone.others.push_back(other);
      }
      phone.directory = settings_.directory / "phones" / user;
      phone.log = settings_.directory / "phones" / (user + ".log");
      hosts_[host].phones.emplace_back(
          user, std::make_unique<BaresipPhone>(
                    loop_, *hosts_[host].place, phone,
                    [this, user](const PhoneEvent& event) { listener_(user, event); }));
    }
  }
}

Result<bool> Emulation::start_node(HostIndex host) {
  auto& state = hosts_[host];
  const auto files = files_of(settings_.directory, scenario_.hosts[host]);
  const Command command{
      {(settings_.programs / "musterd").string(), "--config", files.config().string()},
      {},
      state.place->descriptor(),
      files.directory};
  auto node = ChildProcess::start_logged(command, files.log());
  if (!node) return tl::make_unexpected(node.error());
  state.node = std::move(*node);
  state.alive = true;
  return true;
}

void Emulation::kill_node(HostIndex host) {
  auto& state = hosts_[host];
  if (state.node) state.node->kill();
  state.node.reset();
  state.alive = false;
}

std::vector<bool> Emulation::all_alive() const {
  std::vector<bool> alive;
  for (const auto& host : hosts_) alive.push_back(host.alive);
  return alive;
}

std::vector<HostIndex> Emulation::take_unexpected_ends() {
  std::vector<HostIndex> ended;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    auto& state = hosts_[host];
    if (!state.alive || !state.node || state.node->running()) continue;
    state.alive = false;
    ended.push_back(host);
  }
  return ended;
}

Result<bool> Emulation::start_phones(HostIndex host) {
  for (auto& [user, phone] : hosts_[host].phones) {
    if (phone->started()) continue;
    if (auto done = phone->start(); !done) return done;
  }
  return true;
}

Result<bool> Emulation::restart_phone(const std::string& user) {
  auto* found = phone(user);
  return found == nullptr ? Result<bool>(true) : found->start();
}

void Emulation::stop_phones() {
  for (auto& host : hosts_) {
    for (auto& [user, phone] : host.phones) phone->stop();
  }
}

BaresipPhone* Emulation::phone(const std::string& user) {
  for (auto& host : hosts_) {
    for (auto& [name, phone] : host.phones) {
      if (name == user) return phone.get();
    }
  }
  return nullptr;
}

void Emulation::partition(const std::vector<std::vector<HostIndex>>& groups) {
  reach_.partition(groups);
  medium_->change([groups](RadioMedium& medium) { medium.partition(groups); });
}

void Emulation::heal() {
  reach_.heal();
  medium_->change([](RadioMedium& medium) { medium.heal(); });
}

void Emulation::set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between) {
  medium_->change([rate, between](RadioMedium& medium) { medium.set_loss(rate, between); });
}

std::vector<NodeProbe::Target> Emulation::probe_targets() const {
  std::vector<NodeProbe::Target> targets;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    const auto& spec = scenario_.hosts[host];
    targets.push_back(
        {spec.name, files_of(settings_.directory, spec).control(), hosts_[host].alive});
  }
  return targets;
}

LiveMedium::Report Emulation::medium_report() {
  auto report = medium_->report();
  for (const auto& host : hosts_) {
    const auto now = kernel_drops(*host.place, device_name).value_or(host.kernel_drops_before);
    report.own_drops += now - host.kernel_drops_before;
  }
  return report;
}

}  // namespace muster::sim
