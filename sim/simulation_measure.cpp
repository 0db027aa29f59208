// SPDX-License-Identifier: Apache-2.0
// What was measured, but for what happened before the warm-up had ended.
#include <fmt/format.h>

#include "core/overlay/look_ups.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

/// Of one packet of G.711.
constexpr std::uint64_t audio_octets = 160;
constexpr std::size_t failures_told = 20;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

Medium::Counters difference(const Medium::Counters& now, const Medium::Counters& before) {
  return {now.sent - before.sent,
          now.delivered - before.delivered,
          now.lost - before.lost,
          now.out_of_reach - before.out_of_reach,
          now.queue_full - before.queue_full,
          now.too_large - before.too_large,
          now.over_budget - before.over_budget,
          now.bytes_on_air - before.bytes_on_air};
}

}  // namespace

void Simulation::end_warm_up() {
  before_.frames = medium_->counters();
  before_.airtime.clear();
  for (HostIndex host = 0; host < hosts_.size(); ++host)
    before_.airtime.push_back(medium_->airtime(host));
  before_.carried_bytes = carried_bytes_;
  before_.routing_bytes = routing_bytes_;
  before_.traffic = traffic_.totals();
  before_.media_packets = media_packets_;
}

Measured Simulation::measured() {
  check_messages();
  check_budget();
  const auto since = zero + scenario_.warmup;
  Measured result;
  result.world = "simulated";
  result.virtual_s = seconds(elapsed());
  result.counted_s = seconds(elapsed() - scenario_.warmup);
  result.events = events_;
  result.calls = calls_.totals(since);
  for (const auto& call : calls_.all()) {
    const bool failed = call.dialled >= since && !call.established;
    if (!failed || result.call_failures.size() >= failures_told) continue;
    result.call_failures.push_back(fmt::format("{:.3f} s: {} to {}: {}",
                                               seconds(call.dialled - zero), call.from, call.to,
                                               call.closed ? call.reason : "open at the end"));
  }
  result.messages = messages_.totals(since);
  auto lookups = lookups_;
  const auto in_time = overlay::LookUpLimits{}.deadline;
  for (const auto& [key, asked] : looking_up_) {
    if (now_ - asked.asked < in_time) lookups.unfinished();
  }
  result.lookups = lookups.totals();
  for (const auto& slot : hosts_) {
    if (!slot.host.alive()) continue;
    const auto status = slot.host.node()->report(now_, node::Question::status);
    result.messages_waiting += std::get<node::StatusReport>(status).messages_waiting;
  }
  result.messages_lost = 0;
  for (const auto number : reported_lost_) {
    const auto& message = messages_.at(number);
    if (message.sent >= since && !message.shown) ++*result.messages_lost;
  }
  result.frames = difference(medium_->counters(), before_.frames);
  for (HostIndex host = 0; host < hosts_.size(); ++host)
    result.airtime.push_back(medium_->airtime(host) -
                             (before_.airtime.empty() ? Duration{} : before_.airtime[host]));
  Measured::Use use;
  use.control = result.frames.bytes_on_air - (carried_bytes_ - before_.carried_bytes);
  use.routing = routing_bytes_ - before_.routing_bytes;
  use.payload =
      result.messages.text_bytes + (media_packets_ - before_.media_packets) * audio_octets;
  result.use = use;
  result.traffic = difference(traffic_.totals(), before_.traffic);
  result.convergence_s = convergence_s_;
  result.reachable_90_s = reachable_90_s_;
  result.first_convergence_s = first_convergence_s_;
  result.violations = violations_;
  result.trace_sha256 = trace_.sha256();
  return result;
}

}  // namespace muster::sim
