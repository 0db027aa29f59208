// SPDX-License-Identifier: Apache-2.0
// What the scenario wants to happen to its hosts.
#include <algorithm>

#include <fmt/format.h>

#include "sim/event_text.hpp"
#include "sim/layout.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

/// Hosts are switched on within this time, as a team does it.
constexpr Duration switch_on_within = 1s;
/// A phone is switched on so long after its node at most.
constexpr Duration phone_within = 500ms;

/// Phone n (from 0) has this address, whatever its host.
IpAddress phone_address(std::uint32_t number) {
  return {false,
          {172, static_cast<std::uint8_t>(16 + (number >> 16)),
           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
          0};
}

Duration within(Duration span, SeededRandom& random) {
  return Duration{
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span.count())))};
}

}  // namespace

void Simulation::schedule() {
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    at(zero + within(switch_on_within, starts_), [this, host] { switch_on(host); });
  }
  for (const auto& event : scenario_.events) {
    at(zero + event.at, [this, &event] { act(event.action); });
  }
  at(zero + scenario_.warmup, [this] { end_warm_up(); });
  schedule_workload();
  look();
}

/// Its node, and then its users' phones.
void Simulation::switch_on(HostIndex host) {
  start_node(host);
  world_changed();
  if (scenario_.layout.churn_median_session) begin_session(host);
  for (const auto& user : scenario_.hosts[host].users) {
    at(now_ + within(phone_within, starts_), [this, user, host] { add_phone(user, host); });
  }
}

/// A host that leaves comes back after a pause that is as random as its stay, but a tenth as long.
void Simulation::begin_session(HostIndex host) {
  const auto median = *scenario_.layout.churn_median_session;
  const auto leaves = now_ + exponential_time(median, churn_);
  const auto comes = leaves + exponential_time(median / 10, churn_);
  at(leaves, [this, host] { kill(host); });
  at(comes, [this, host] {
    if (!hosts_[host].host.alive()) start_node(host);
    begin_session(host);
  });
}

void Simulation::kill(HostIndex host) {
  trace_.note(now_, TraceHash::What::killed, host, 0);
  hosts_[host].host.cut_power();
  tell(Recorder::Powered{host, false});
  components_at_.reset();
  check_messages();
}

void Simulation::start_node(HostIndex host) {
  trace_.note(now_, TraceHash::What::started, host, 0);
  const auto started = hosts_[host].host.start(now_);
  // A full disk forbids it, as it should.
  if (!started && !hosts_[host].host.disk().full()) {
    violation(fmt::format("{}'s node does not start: {}", scenario_.hosts[host].name,
                          started.error().sentence));
  }
  tell(Recorder::Powered{host, hosts_[host].host.alive()});
  components_at_.reset();
  settle(host);
}

/// A phone that has just been switched on, in place of the one the user had.
void Simulation::add_phone(const std::string& user, HostIndex host) {
  if (const auto former = places_.find(user); former != places_.end()) {
    hosts_[former->second].host.remove_phone(user);
  }
  const auto number = static_cast<std::uint32_t>(phone_numbers_.size());
  const auto address = phone_address(phone_numbers_.try_emplace(user, number).first->second);
  ScriptedPhone::Config config;
  config.user = user;
  config.domain = simulated_domain;
  config.password = SimulatedOverlay::password(user);
  config.own = {address, 5060};
  config.media = {address, 30000};
  config.node = {hosts_[host].host.address(), 5060};
  hosts_[host].host.add_phone(std::move(config));
  places_[user] = host;
  hosts_[host].host.at_phone(now_, user, [this](ScriptedPhone& phone) { phone.switch_on(now_); });
  settle(host);
}

void Simulation::act(const EventAction& action) {
  trace_.note(now_, TraceHash::What::scenario, 0, action.index());
  tell(Recorder::Happened{event_text(scenario_, action)});
  std::visit([this](const auto& event) { happen(event); }, action);
}

void Simulation::happen(const PartitionEvent& event) {
  auto groups = event.by_clusters ? cluster_groups(scenario_) : event.groups;
  if (event.one_way) {
    unheard_.assign(hosts_.size(), false);
    if (!groups.empty()) {
      for (const auto host : groups.front()) unheard_[host] = true;
    }
  } else {
    medium_->partition(groups);
  }
  world_changed();
}

void Simulation::happen(const HealEvent&) {
  medium_->heal();
  unheard_.clear();
  world_changed();
}

std::vector<HostIndex> Simulation::victims(const KillEvent& event) {
  if (!event.fraction) return event.hosts;
  std::vector<HostIndex> living;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (hosts_[host].host.alive()) living.push_back(host);
  }
  for (std::size_t i = living.size(); i > 1; --i)
    std::swap(living[i - 1], living[choices_.below(i)]);
  living.resize(static_cast<std::size_t>(*event.fraction * static_cast<double>(living.size())));
  return living;
}

void Simulation::happen(const KillEvent& event) {
  for (const auto host : victims(event)) kill(host);
  world_changed();
}

void Simulation::happen(const RestartEvent& event) {
  auto hosts = event.hosts;
  for (HostIndex host = 0; event.hosts.empty() && host < hosts_.size(); ++host) {
    if (!hosts_[host].host.alive()) hosts.push_back(host);
  }
  for (const auto host : hosts) {
    kill(host);
    start_node(host);
  }
  world_changed();
}

void Simulation::happen(const MoveEvent& event) {
  for (const auto host : event.hosts) medium_->move(now_, host, event.to);
  world_changed();
}

void Simulation::happen(const LossEvent& event) {
  medium_->set_loss(event.rate, event.between);
  world_changed();
}

void Simulation::happen(const ClockEvent& event) {
  for (const auto host : event.hosts) hosts_[host].host.set_wall_clock_off_by(event.offset);
}

/// Nodes know no revocations yet: there is nobody to hand it to.
void Simulation::happen(const RevokeEvent&) {}

void Simulation::happen(const DiskEvent& event) {
  for (const auto host : event.hosts) hosts_[host].host.disk().set_full(event.full);
}

void Simulation::happen(const RegisterEvent& event) {
  const auto place = places_.find(event.user);
  const auto home = scenario_.host_of_user(event.user);
  add_phone(event.user, event.host               ? *event.host
                        : place == places_.end() ? home.value_or(0)
                                                 : place->second);
  world_changed();
}

void Simulation::happen(const MessageEvent& event) { message(event.from, event.to, event.text); }

void Simulation::happen(const CallEvent& event) { call(event.from, event.to, event.talk); }

void Simulation::world_changed() {
  changed_ = now_;
  converged_ = false;
  convergence_s_.reset();
  components_at_.reset();
  versions_.reset();
}

}  // namespace muster::sim
