// SPDX-License-Identifier: Apache-2.0
// How a user or node is reached, step by step, and who holds what is said of him.
#include <algorithm>

#include "node/aor_uri.hpp"
#include "node/field_node_core.hpp"

namespace muster::node {
namespace {

double milliseconds(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

std::string_view to_string(Tracer::Path::State state) {
  switch (state) {
    case Tracer::Path::State::under_way:
      return "under way";
    case Tracer::Path::State::arrived:
      return "arrived";
    case Tracer::Path::State::no_route:
      return "no route";
    case Tracer::Path::State::silent:
      return "silent";
    case Tracer::Path::State::loop:
      break;
  }
  return "loop";
}

}  // namespace

/// What this node says when it is asked, also by itself.
TraceAnswer FieldNode::Core::trace_here(TimePoint now, const TraceQuestion& question) const {
  TraceAnswer answer;
  answer.uptime = std::chrono::duration_cast<std::chrono::seconds>(now - started_);
  if (question.towards != self_) {
    answer.step.next_hop = mesh_.router().next_hop(question.towards);
    for (const auto& route : mesh_.router().routes()) {
      if (route.destination == question.towards) answer.step.metric = route.metric;
    }
  }
  for (const auto& peer : mesh_.neighbours().peers()) {
    if (answer.step.next_hop != peer.id) continue;
    answer.step.delivery_ratio = peer.quality.delivery_ratio;
    answer.step.round_trip =
        std::chrono::duration_cast<std::chrono::microseconds>(peer.quality.srtt);
  }
  if (question.name.empty()) return answer;
  for (const auto& held : rendezvous_.directory().find(overlay::Kind::sip_binding, question.name)) {
    if (answer.held.size() == TraceAnswer::held_max) break;
    answer.held.push_back(
        {held.writer, held.version, std::chrono::ceil<std::chrono::seconds>(now - held.born)});
  }
  return answer;
}

TraceReport FieldNode::Core::trace(TimePoint now, std::string_view target, std::uint64_t number) {
  if (number == 0) number = begin_trace(now, target);
  settle(now);
  TraceReport report;
  report.number = number;
  report.target = target;
  const auto* trace = tracer_.find(number);
  if (trace == nullptr) {
    report.done = true;
    report.state = "nobody";
    return report;
  }
  report.done = trace->done;
  const auto state = trace_states_.find(number);
  report.state = state == trace_states_.end() ? "looking up" : state->second;
  report.spread = overlay::to_string(rendezvous_.directory().spread());
  for (const auto& path : trace->paths) {
    TraceReport::Path told{
        path.to.hex(), rendezvous_.name_of(path.to), std::string{to_string(path.state)}, {}};
    for (const auto& visit : path.visits) told.steps.push_back(trace_step(visit));
    report.paths.push_back(std::move(told));
  }
  for (const auto& holder : trace->holders) report.holders.push_back(trace_step(holder));
  return report;
}

TraceReport::Step FieldNode::Core::trace_step(const Tracer::Visit& visit) const {
  TraceReport::Step step;
  step.node = visit.node.hex();
  step.name = rendezvous_.name_of(visit.node);
  step.answered = visit.said.has_value();
  step.asked = static_cast<std::uint32_t>(visit.asked.size());
  if (visit.round_trip) step.round_trip_ms = milliseconds(*visit.round_trip);
  if (!visit.said) return step;
  const auto& said = *visit.said;
  if (said.step.next_hop) {
    step.next_hop = said.step.next_hop->hex();
    step.next_hop_name = rendezvous_.name_of(*said.step.next_hop);
    step.metric = said.step.metric;
    step.delivery_ratio = said.step.delivery_ratio;
    step.hop_rtt_ms = milliseconds(said.step.round_trip);
  }
  step.uptime_s = std::chrono::duration<double>(said.uptime).count();
  for (const auto& held : said.held) {
    step.records.push_back({held.writer.hex(), rendezvous_.name_of(held.writer), held.version.epoch,
                            held.version.sequence, static_cast<std::uint32_t>(held.age.count())});
  }
  return step;
}

/// 0 if there is nobody of that name. A node's name comes before a user's.
std::uint64_t FieldNode::Core::begin_trace(TimePoint now, std::string_view target) {
  if (target.starts_with(scheme)) target.remove_prefix(scheme.size());
  std::optional<NodeId> node = NodeId::from_hex(target);
  if (!node) {
    if (const auto named = trust_.node(target)) node = named->id;
  }
  if (node) {
    const auto number = tracer_.open(now, {});
    came_to(number, "node");
    tracer_.aim(now, number, {*node}, {});
    return number;
  }
  std::string aor{target};
  if (aor.find('@') == std::string::npos) aor += '@' + kit_.overlay;
  if (aor.size() > TraceQuestion::name_bytes_max) return 0;
  if (aor.substr(aor.find('@') + 1) != kit_.overlay) return 0;
  const auto number = tracer_.open(now, aor);
  tracing_[rendezvous_.look_up(now, aor, Rendezvous::Purpose::call)] = number;
  return number;
}

void FieldNode::Core::trace_looked_up(TimePoint now, const Rendezvous::LookedUp& answer) {
  const auto asked = tracing_.extract(answer.number);
  if (asked.empty()) return;
  const auto number = asked.mapped();
  using Outcome = overlay::LookUps::Outcome;
  came_to(number, answer.outcome == Outcome::found    ? "found"
                  : answer.outcome == Outcome::absent ? "absent"
                                                      : "unknown");
  std::vector<NodeId> targets;
  for (const auto& held : rendezvous_.directory().find(overlay::Kind::sip_binding, answer.aor)) {
    targets.push_back(held.writer);
  }
  auto holders = rendezvous_.directory().holders(answer.aor);
  for (const auto& target : targets) {
    if (std::find(holders.begin(), holders.end(), target) == holders.end())
      holders.push_back(target);
  }
  tracer_.aim(now, number, targets, holders);
}

void FieldNode::Core::came_to(std::uint64_t trace, std::string state) {
  trace_states_[trace] = std::move(state);
  while (trace_states_.size() > Tracer::Limits{}.traces_max) {
    trace_states_.erase(trace_states_.begin());
  }
}

bool FieldNode::Core::settle_tracer(TimePoint now) {
  bool busy = false;
  while (auto send = tracer_.poll()) {
    busy = true;
    mesh_.send_trace(now, send->to, send->message);
  }
  return busy;
}

}  // namespace muster::node
