// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.hpp"

#include "node/overload.hpp"
#include "sim/simulated_address.hpp"

namespace muster::sim {
namespace {

constexpr std::uint16_t sip_port = 5060;

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
      overlay_(scenario, keys_),
      medium_(std::move(medium.medium)),
      datagram_bytes_max_(medium.datagram_bytes_max),
      starts_(stream_seed(options_.seed, "starts")),
      choices_(stream_seed(options_.seed, "events")),
      calls_random_(stream_seed(options_.seed, "workload.calls")),
      messages_random_(stream_seed(options_.seed, "workload.messages")) {
  for (HostIndex host = 0; host < scenario.hosts.size(); ++host) {
    auto settings = options_.settings;
    const auto address = host_address(host);
    settings.sip_listen = {address, sip_port};
    hosts_.push_back(
        Slot{SimulatedHost({&overlay_.kit(host), std::move(settings), datagram_bytes_max_,
                            stream_seed(options_.seed, "host", host)})});
    addresses_[LinkAddress::from_ip({address, link_port})] = host;
  }
  if (options_.recorder != nullptr) sampler_.emplace(scenario, *options_.recorder);
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
    if (!host.alive()) continue;
    trace_.note(now_, TraceHash::What::arrived, arrival->to, arrival->from);
    const IpEndpoint from{host_address(arrival->from), link_port};
    host.receive(now_, LinkAddress::from_ip(from), *arrival->frame);
    settle(arrival->to);
  }
  arm_medium();
}

/// What the host wants done, and when it wants to be woken.
void Simulation::settle(HostIndex host) {
  auto& machine = hosts_[host].host;
  while (auto output = machine.poll()) {
    std::visit(node::Overload{
                   [&](const SimulatedHost::Transmit& send) { transmit(host, send); },
                   [&](const SimulatedHost::AtPhone& phone) { heard(phone.user, phone.event); },
                   [&](const node::FieldNode::Note&) {},
                   [&](const node::FieldNode::Happened&) {},
               },
               *output);
  }
  arm(host);
}

void Simulation::transmit(HostIndex from, const SimulatedHost::Transmit& send) {
  std::optional<HostIndex> to;
  if (send.to) {
    const auto known = addresses_.find(*send.to);
    if (known == addresses_.end()) return;  // an address that no host has
    to = known->second;
  } else if (!scenario_.medium.broadcast) {
    return;
  }
  trace_.note(now_, TraceHash::What::sent, from, send.frame);
  if (options_.tap != nullptr) options_.tap->frame(elapsed(), from, to, send.frame);
  medium_->transmit(now_, from, to, send.frame);
  arm_medium();
}

void Simulation::arm(HostIndex host) {
  auto& slot = hosts_[host];
  auto due = slot.host.deadline();
  if (!due) return;
  due = std::max(*due, now_);
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
