// SPDX-License-Identifier: Apache-2.0
#include "node/tracer.hpp"

#include <algorithm>

#include "core/base/seeded_random.hpp"
#include "node/overload.hpp"

namespace muster::node {
namespace {

/// Of a trace at least so many rounds of questions fit into its time where links are slow.
constexpr int rounds_min = 20;
/// An attempt is one octet on the wire.
constexpr std::size_t attempts_max = 255;

}  // namespace

Tracer::Tracer(NodeId self, Limits limits, Here here, std::uint64_t seed)
    : self_(self),
      limits_(limits),
      here_(std::move(here)),
      answers_(limits.answers),
      next_number_(static_cast<std::uint32_t>(SeededRandom(seed).next())) {}

void Tracer::set_pace(Duration answer_within) {
  const Limits usual;
  limits_.answer_within = std::max(usual.answer_within, answer_within);
  limits_.deadline = std::max<Duration>(usual.deadline, rounds_min * answer_within);
}

std::uint64_t Tracer::open(TimePoint now, std::string name) {
  if (traces_.size() >= limits_.traces_max) traces_.erase(traces_.begin());
  Trace trace;
  trace.name = std::move(name);
  trace.end = now + limits_.deadline;
  traces_.emplace(++last_trace_, std::move(trace));
  return last_trace_;
}

Tracer::Visit Tracer::visit(const NodeId& node, const NodeId& towards) {
  Visit made;
  made.node = node;
  made.towards = towards;
  made.number = next_number_++;
  return made;
}

void Tracer::aim(TimePoint now, std::uint64_t number, const std::vector<NodeId>& targets,
                 const std::vector<NodeId>& holders) {
  const auto at = traces_.find(number);
  if (at == traces_.end() || at->second.aimed) return;
  auto& trace = at->second;
  trace.aimed = true;
  trace.end = now + limits_.deadline;
  for (const auto& target : targets) {
    if (trace.paths.size() == limits_.paths_max) break;
    Path path;
    path.to = target;
    auto start = visit(self_, target);
    start.said = here_(now, {0, 0, target, trace.name});
    path.visits.push_back(std::move(start));
    trace.paths.push_back(std::move(path));
    go_on(now, trace, trace.paths.back());
  }
  for (const auto& holder : holders) {
    if (trace.holders.size() == limits_.holders_max) break;
    auto asked = visit(holder, self_);
    if (holder == self_) {
      asked.said = here_(now, {0, 0, self_, trace.name});
    } else {
      ask(now, trace, asked);
    }
    trace.holders.push_back(std::move(asked));
  }
  finish(now, trace);
}

/// The last visited node has answered: where to from there?
void Tracer::go_on(TimePoint now, Trace& trace, Path& path) {
  const Visit& last = path.visits.back();
  if (last.node == path.to) {
    path.state = Path::State::arrived;
    return;
  }
  const auto next = last.said->step.next_hop;
  if (!next) {
    path.state = Path::State::no_route;
    return;
  }
  const bool seen = std::any_of(path.visits.begin(), path.visits.end(),
                                [&](const Visit& each) { return each.node == *next; });
  if (seen || path.visits.size() > limits_.hops_max) {
    path.state = Path::State::loop;
    return;
  }
  auto following = visit(*next, path.to);
  ask(now, trace, following);
  path.visits.push_back(std::move(following));
}

void Tracer::ask(TimePoint now, const Trace& trace, Visit& visit) {
  if (visit.asked.size() == attempts_max) return;
  const auto attempt = static_cast<std::uint8_t>(visit.asked.size());
  Duration wait = limits_.answer_within;
  for (std::size_t i = 0; i < visit.asked.size() && wait < limits_.deadline; ++i) {
    wait = wait * limits_.slower_percent / 100;
  }
  visit.asked.push_back(now);
  visit.due = now + wait;
  out_.push_back(
      {visit.node, encode(TraceQuestion{visit.number, attempt, visit.towards, trace.name})});
}

void Tracer::receive(TimePoint now, const NodeId& from, BytesView message) {
  auto read = parse_trace_message(message);
  if (!read) {
    ++counters_.malformed;
    return;
  }
  std::visit(Overload{[&](const TraceQuestion& question) { hear(now, from, question); },
                      [&](TraceAnswer& answer) { hear(now, from, std::move(answer)); }},
             *read);
}

void Tracer::hear(TimePoint now, const NodeId& from, const TraceQuestion& question) {
  if (!answers_.allow(now, from)) {
    ++counters_.too_often;
    return;
  }
  auto answer = here_(now, question);
  answer.number = question.number;
  answer.attempt = question.attempt;
  out_.push_back({from, encode(answer)});
}

template <typename Function>
void Tracer::each_asked(Trace& trace, Function function) {
  for (auto& path : trace.paths) {
    if (path.state == Path::State::under_way) function(path.visits.back(), &path);
  }
  for (auto& holder : trace.holders) {
    if (!holder.said) function(holder, nullptr);
  }
}

void Tracer::hear(TimePoint now, const NodeId& from, TraceAnswer answer) {
  for (auto& [number, trace] : traces_) {
    Visit* asked = nullptr;
    Path* on = nullptr;
    each_asked(trace, [&](Visit& visit, Path* path) {
      if (visit.number != answer.number || visit.node != from || visit.said) return;
      asked = &visit;
      on = path;
    });
    if (asked == nullptr || answer.attempt >= asked->asked.size()) continue;
    asked->round_trip = now - asked->asked[answer.attempt];
    asked->said = std::move(answer);
    if (on != nullptr) go_on(now, trace, *on);
    return finish(now, trace);
  }
  ++counters_.unasked;
}

void Tracer::finish(TimePoint now, Trace& trace) {
  if (trace.done) return;
  bool waiting = !trace.aimed;
  each_asked(trace, [&](const Visit&, const Path*) { waiting = true; });
  if (waiting && trace.end > now) return;
  trace.done = true;
  for (auto& path : trace.paths) {
    if (path.state == Path::State::under_way) path.state = Path::State::silent;
  }
}

void Tracer::advance(TimePoint now) {
  for (auto& each : traces_) {
    Trace& trace = each.second;  // not a structured binding: clang 14 lets no lambda have one
    if (trace.done) continue;
    if (trace.end > now) {
      each_asked(trace, [&](Visit& visit, const Path*) {
        if (visit.due <= now) ask(now, trace, visit);
      });
    }
    finish(now, trace);
  }
}

const Tracer::Trace* Tracer::find(std::uint64_t trace) const {
  const auto at = traces_.find(trace);
  return at == traces_.end() ? nullptr : &at->second;
}

std::optional<Tracer::Send> Tracer::poll() {
  if (out_.empty()) return std::nullopt;
  Send next = std::move(out_.front());
  out_.pop_front();
  return next;
}

std::optional<TimePoint> Tracer::deadline() const {
  std::optional<TimePoint> next;
  for (const auto& [number, trace] : traces_) {
    if (trace.done) continue;
    next = earlier(next, trace.end);
    for (const auto& path : trace.paths) {
      const auto& last = path.visits.back();
      if (path.state == Path::State::under_way && last.asked.size() < attempts_max)
        next = earlier(next, last.due);
    }
    for (const auto& holder : trace.holders) {
      if (!holder.said && holder.asked.size() < attempts_max) next = earlier(next, holder.due);
    }
  }
  return next;
}

}  // namespace muster::node
