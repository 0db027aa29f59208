// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "node/overload.hpp"
#include "sim/simulated_address.hpp"

namespace muster::sim {
namespace {

constexpr std::uint16_t sip_port = 5060;
/// A machine that asks to be woken at once, again and again, would stop the time.
constexpr std::uint32_t wakes_at_once_max = 10'000;
constexpr Duration spinning_pause = std::chrono::milliseconds{1};

/// Others that each host knows from the start where nobody can be heard unasked.
std::vector<IpEndpoint> bootstrap_peers(std::uint32_t count, const std::vector<HostIndex>& from,
                                        HostIndex host, SeededRandom& random) {
  const auto others = from.size() - (std::find(from.begin(), from.end(), host) != from.end());
  const auto wanted = std::min<std::size_t>(count, others);
  std::set<HostIndex> chosen;
  while (chosen.size() < wanted) {
    const auto other = from[random.below(from.size())];
    if (other != host) chosen.insert(other);
  }
  std::vector<IpEndpoint> peers;
  for (const auto other : chosen) peers.push_back({host_address(other), link_port});
  return peers;
}

/// Within the scenario's share, either way.
std::int64_t drift_ppb(const Scenario& scenario, SeededRandom& random) {
  return static_cast<std::int64_t>((2 * random.unit() - 1) * scenario.layout.clock_drift * 1e9);
}

}  // namespace

Result<std::unique_ptr<Simulation>> Simulation::make(const Scenario& scenario, Options options) {
  auto medium = make_medium(scenario, zero, options.seed);
  if (!medium) return tl::make_unexpected(medium.error());
  std::unique_ptr<Simulation> made{
      new Simulation(scenario, std::move(options), std::move(*medium))};
  return made;
}

Simulation::Simulation(const Scenario& scenario, Options options, MadeMedium medium)
    : scenario_(scenario),
      options_(std::move(options)),
      end_(zero + scenario.duration),
      keys_(stream_seed(options_.seed, "keys")),
      overlay_(scenario, keys_, scenario.crypto_modelled ? &crypto_ : nullptr),
      medium_(std::move(medium.medium)),
      datagram_bytes_max_(medium.datagram_bytes_max),
      link_(medium.link),
      starts_(stream_seed(options_.seed, "starts")),
      choices_(stream_seed(options_.seed, "events")),
      calls_random_(stream_seed(options_.seed, "workload.calls")),
      messages_random_(stream_seed(options_.seed, "workload.messages")),
      lookups_random_(stream_seed(options_.seed, "workload.lookups")),
      churn_(stream_seed(options_.seed, "churn")),
      samples_(stream_seed(options_.seed, "samples")) {
  if (scenario.crypto_modelled) crypto_scope_.emplace(&crypto_);
  const auto roster = overlay_.make_roster(&certificates_);
  std::vector<HostIndex> known(scenario.hosts.size());
  std::iota(known.begin(), known.end(), 0u);
  if (!scenario.medium.broadcast) {
    std::vector<IpEndpoint> addresses;
    for (const auto host : known) addresses.push_back({host_address(host), link_port});
    underlay_.emplace(scenario, std::move(addresses), stream_seed(options_.seed, "underlay"));
    known = underlay_->reachable();
  }
  SeededRandom peers(stream_seed(options_.seed, "bootstrap"));
  SeededRandom drifts(stream_seed(options_.seed, "clocks"));
  for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
    auto settings = options_.settings;
    const auto address = host_address(host);
    settings.sip_listen = {address, sip_port};
    if (!scenario.medium.broadcast) settings.beacons = false;
    for (const auto& peer : bootstrap_peers(scenario.layout.bootstrap_peers, known, host, peers))
      settings.peers.push_back(peer);
    const auto id = overlay_.node(host);
    hosts_.emplace_back(
        SimulatedHost::Config{&overlay_, &certificates_, roster, host, std::move(settings),
                              datagram_bytes_max_, stream_seed(options_.seed, "host", host),
                              drift_ppb(scenario, drifts), link_, &bindings_},
        id);
    addresses_[LinkAddress::from_ip({address, link_port})] = host;
    nodes_[id] = host;
  }
  if (options_.recorder != nullptr) sampler_.emplace(scenario, *options_.recorder);
  // What was computed to make the keys is no host's work.
  static_cast<void>(crypto_.take_cost());
  schedule();
}

bool Simulation::run(std::uint64_t events_max) {
  for (std::uint64_t count = 0; count < events_max; ++count) {
    const auto next = heap_.next();
    sample_until(next ? std::min(*next, end_) : end_);
    if (!next || *next > end_) {
      now_ = end_;
      return false;
    }
    take(heap_.pop());
  }
  return true;
}

/// Not among the events: who looks at a run does not change it.
void Simulation::sample_until(TimePoint next) {
  if (!sampler_ || zero + sampler_->due() > next) return;
  std::vector<const node::FieldNode*> nodes;
  for (const auto& slot : hosts_) nodes.push_back(slot.host.node());
  while (zero + sampler_->due() <= next) sampler_->look(zero + sampler_->due(), *medium_, nodes);
}

void Simulation::tell(const Recorder::Item& item) {
  if (options_.recorder != nullptr) options_.recorder->record(elapsed(), item);
}

void Simulation::take(const EventHeap<What>::Due& due) {
  now_ = due.at;
  ++events_;
  switch (due.what.kind) {
    case Kind::host:
      if (hosts_[due.what.index].generation == due.what.generation) wake_host(due.what.index);
      break;
    case Kind::medium:
      if (medium_generation_ == due.what.generation) wake_medium();
      break;
    case Kind::action: {
      const auto action = std::move(actions_[due.what.index]);
      free_actions_.push_back(due.what.index);
      action();
      break;
    }
  }
}

void Simulation::at(TimePoint when, std::function<void()> action) {
  std::uint32_t place = 0;
  if (free_actions_.empty()) {
    place = static_cast<std::uint32_t>(actions_.size());
    actions_.push_back(std::move(action));
  } else {
    place = free_actions_.back();
    free_actions_.pop_back();
    actions_[place] = std::move(action);
  }
  heap_.push(when, {Kind::action, place, 0});
}

void Simulation::wake_host(HostIndex host) {
  auto& slot = hosts_[host];
  slot.armed.reset();
  const auto due = slot.host.deadline();
  if (due && *due <= now_) {
    slot.woken_often = slot.woken == now_ ? slot.woken_often + 1 : 0;
    slot.woken = now_;
    trace_.note(now_, TraceHash::What::woken, host, 0);
    slot.host.advance(now_);
  }
  settle(host);
}

void Simulation::wake_medium() {
  medium_armed_.reset();
  medium_->advance(now_);
  while (const auto arrival = medium_->poll()) {
    auto& host = hosts_[arrival->to].host;
    const bool cut = !unheard_.empty() && unheard_[arrival->from] && !unheard_[arrival->to];
    if (!host.alive() || cut) continue;
    trace_.note(now_, TraceHash::What::arrived, arrival->to, arrival->from);
    if (underlay_) {
      const auto delivery = underlay_->arrive(now_, arrival->to, *arrival->frame);
      if (!delivery) continue;
      host.receive(now_, LinkAddress::from_ip(delivery->from), delivery->datagram);
    } else {
      const IpEndpoint from{host_address(arrival->from), link_port};
      host.receive(now_, LinkAddress::from_ip(from), *arrival->frame);
    }
    settle(arrival->to);
  }
  arm_medium();
}

/// What the host wants done, and when it wants to be woken.
void Simulation::settle(HostIndex host) {
  auto& slot = hosts_[host];
  // What it has just computed would have kept it busy.
  slot.busy_until = std::max(slot.busy_until, now_) + crypto_.take_cost();
  while (auto output = slot.host.poll()) {
    std::visit(node::Overload{
                   [&](SimulatedHost::Transmit& send) { transmit(host, std::move(send)); },
                   [&](SimulatedHost::AtPhone& phone) { heard(phone.user, phone.event); },
                   [&](node::FieldNode::LookedUp& answer) { judge_answer(host, answer); },
                   [&](node::FieldNode::Note& note) {
                     if (options_.notes != nullptr) options_.notes->note(elapsed(), host, note);
                   },
                   [&](node::FieldNode::Happened&) {},
               },
               *output);
  }
  arm(host);
}

void Simulation::transmit(HostIndex from, SimulatedHost::Transmit send) {
  std::optional<HostIndex> to;
  if (underlay_) {
    const auto address = send.to ? send.to->as_ip() : std::nullopt;
    auto departure = address ? underlay_->depart(now_, from, *address, send.frame) : std::nullopt;
    if (!departure) return;  // to all, or to an address that no host has
    to = departure->to;
    send.frame = std::move(departure->frame);
  } else if (send.to) {
    const auto known = addresses_.find(*send.to);
    if (known == addresses_.end()) return;  // an address that no host has
    to = known->second;
  }
  carried_bytes_ += send.use.carried;
  routing_bytes_ += send.use.routing;
  traffic_.sent(send.frame, send.use);
  if (send.use.look_up > 0) lookups_.frame(send.frame.size());
  if (hosts_[from].busy_until <= now_) return put_on_air(from, to, send.frame);
  at(hosts_[from].busy_until,
     [this, from, to, frame = std::move(send.frame)] { put_on_air(from, to, frame); });
}

void Simulation::put_on_air(HostIndex from, std::optional<HostIndex> to, const Bytes& frame) {
  trace_.note(now_, TraceHash::What::sent, from, frame);
  if (options_.tap != nullptr) options_.tap->frame(elapsed(), from, to, frame);
  medium_->transmit(now_, from, to, frame);
  arm_medium();
}

void Simulation::arm(HostIndex host) {
  auto& slot = hosts_[host];
  auto due = slot.host.deadline();
  if (!due) return;
  due = std::max(*due, now_);
  if (*due == now_ && slot.woken == now_ && slot.woken_often > wakes_at_once_max) {
    violation(fmt::format("{} wants to be woken again and again without a pause",
                          scenario_.hosts[host].name));
    due = now_ + spinning_pause;
  }
  if (slot.armed && *slot.armed <= *due) return;  // it is woken before, and looks again then
  slot.armed = due;
  heap_.push(*due, {Kind::host, host, ++slot.generation});
}

void Simulation::arm_medium() {
  auto due = medium_->deadline();
  if (!due) return;
  due = std::max(*due, now_);
  if (medium_armed_ && *medium_armed_ <= *due) return;
  medium_armed_ = due;
  heap_.push(*due, {Kind::medium, 0, ++medium_generation_});
}

}  // namespace muster::sim
