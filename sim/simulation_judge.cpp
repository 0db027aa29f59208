// SPDX-License-Identifier: Apache-2.0
// What must be so at all times, and what was measured at the end.
#include <algorithm>

#include <fmt/format.h>

#include "sim/convergence.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_period = 200ms;
/// RFC 8966, 2.1.
constexpr std::uint32_t metric_infinity = 0xffff;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

NodeView view_of(const std::string& name, const node::FieldNode& node, TimePoint now) {
  NodeView view;
  view.name = name;
  view.answered = true;
  view.directory_digest =
      std::get<node::StatusReport>(node.report(now, node::Question::status)).directory_digest;
  const auto routes = node.report(now, node::Question::routes);
  for (const auto& route : std::get<std::vector<node::RouteReport>>(routes)) {
    if (route.metric < metric_infinity) view.next_hop[route.name] = route.next_hop_name;
  }
  return view;
}

}  // namespace

void Simulation::look() {
  judge_convergence();
  at(now_ + look_period, [this] { look(); });
}

std::vector<bool> Simulation::alive() const {
  std::vector<bool> all;
  for (const auto& slot : hosts_) all.push_back(slot.host.alive());
  return all;
}

void Simulation::judge_convergence() {
  if (converged_) return;
  const auto living = alive();
  if (std::find(living.begin(), living.end(), true) == living.end()) return;
  std::vector<NodeView> views;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    views.push_back(living[host]
                        ? view_of(scenario_.hosts[host].name, *hosts_[host].host.node(), now_)
                        : NodeView{scenario_.hosts[host].name, false, "", {}});
  }
  if (difference(views, medium_->components(living), living)) return;
  converged_ = true;
  convergence_s_ = seconds(now_ - changed_);
  if (!first_convergence_s_) first_convergence_s_ = convergence_s_;
}

void Simulation::violation(const std::string& sentence) {
  violations_.push_back(fmt::format("{:.3f} s: {}", seconds(elapsed()), sentence));
}

Measured Simulation::measured() const {
  Measured result;
  result.world = "simulated";
  result.virtual_s = seconds(elapsed());
  result.events = events_;
  result.calls = calls_.totals();
  result.messages = messages_.totals();
  for (const auto& slot : hosts_) {
    if (!slot.host.alive()) continue;
    const auto status = slot.host.node()->report(now_, node::Question::status);
    result.messages_waiting += std::get<node::StatusReport>(status).messages_waiting;
  }
  result.frames = medium_->counters();
  for (HostIndex host = 0; host < hosts_.size(); ++host)
    result.airtime.push_back(medium_->airtime(host));
  result.convergence_s = convergence_s_;
  result.first_convergence_s = first_convergence_s_;
  result.violations = violations_;
  result.trace_sha256 = trace_.sha256();
  return result;
}

}  // namespace muster::sim
