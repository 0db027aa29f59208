// SPDX-License-Identifier: Apache-2.0
#include "sim/io/drill.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/workload_plan.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Duration housekeeping_period = 100ms;
constexpr Duration probe_period = 200ms;
/// A phone that rings this long without an answer gives up.
constexpr Duration call_patience = 40s;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Drill::Drill(const Scenario& scenario, Settings settings, EventLoop& loop, Timeline& timeline)
    : scenario_(scenario),
      settings_(std::move(settings)),
      loop_(loop),
      timeline_(timeline),
      probe_(loop, settings_.programs / "muster"),
      random_(settings_.seed),
      phones_started_(scenario.hosts.size()) {}

void Drill::run(Emulation& world) {
  world_ = &world;
  started_ = monotonic_now();
  timeline_.start(started_);
  if (settings_.nodes) start_nodes();
  schedule_events();
  schedule_workload();
  script(scenario_.duration, [this] {
    finished_ = true;
    take_stock();
  });
  loop_.run();
}

/// Asks all living nodes once more what they still carry, then ends the run.
void Drill::take_stock() {
  if (!settings_.nodes) return loop_.stop();
  const auto asked = probe_.ask(world_->probe_targets(), [this](const NodeProbe::Answer& answer) {
    for (const auto waiting : answer.messages_waiting) messages_waiting_ += waiting;
    judge_convergence(answer);
    loop_.stop();
  });
  // A round is under way: after it.
  if (!asked) loop_.after(probe_period / 10, [this] { take_stock(); });
}

void Drill::start_nodes() {
  std::vector<HostIndex> all;
  for (HostIndex host = 0; host < scenario_.hosts.size(); ++host) all.push_back(host);
  timeline_.say(started_, "start", fmt::format("{} are switched on", names(all)));
  for (const auto host : all) start_node(host);
  changed_ = started_;
  converged_ = false;
  housekeeping();
  probe();
}

void Drill::start_node(HostIndex host) {
  if (const auto done = world_->start_node(host); !done) violation(done.error().sentence);
}

/// What the scenario says, at its time. A machine too busy to be in time for it makes the run worth
/// nothing: what follows would be judged by when it should have begun.
void Drill::script(Duration due, EventLoop::Work work) {
  loop_.at(started_ + due, [this, due, work = std::move(work)] {
    events_late_ = std::max(events_late_, Duration(monotonic_now() - (started_ + due)));
    work();
  });
}

void Drill::schedule_events() {
  for (const auto& event : scenario_.events) {
    script(event.at, [this, &event] { act(event.action); });
  }
}

void Drill::schedule_workload() {
  if (const auto& load = scenario_.workload.messages) {
    std::uint64_t number = 0;
    for (const auto due : due_times(scenario_, *load, random_)) {
      script(due, [this, &load, n = ++number] {
        const auto pair = pick_pair(
            scenario_, load->pattern, [](const auto&) { return true; }, random_);
        if (pair) message(pair->first, pair->second, numbered_text(n, load->payload_bytes));
      });
    }
  }
  if (const auto& load = scenario_.workload.calls) {
    for (const auto due : due_times(scenario_, *load, random_)) {
      script(due, [this, &load] {
        waiting_calls_.push_back({load->pattern, load->talk});
        place_waiting_calls();
      });
    }
  }
}

void Drill::place_waiting_calls() {
  while (!waiting_calls_.empty()) {
    const auto& next = waiting_calls_.front();
    const auto free = [this](const std::string& user) { return !calls_.busy(user); };
    const auto pair = pick_pair(scenario_, next.pattern, free, random_);
    if (!pair) return;
    call(pair->first, pair->second, next.talk);
    waiting_calls_.pop_front();
  }
}

void Drill::housekeeping() {
  for (const auto host : world_->take_unexpected_ends()) {
    violation(fmt::format("{}'s node ended by itself; see {}", scenario_.hosts[host].name,
                          world_->files(host).log().string()));
  }
  place_waiting_calls();
  loop_.after(housekeeping_period, [this] { housekeeping(); });
}

/// Nodes are asked until they agree, and again after every change of the world: asking costs the
/// machine more than the nodes do.
void Drill::probe() {
  if (!converged_) {
    probe_.ask(world_->probe_targets(),
               [this](const NodeProbe::Answer& answer) { on_views(answer); });
  }
  loop_.after(probe_period, [this] { probe(); });
}

void Drill::on_views(const NodeProbe::Answer& answer) {
  start_ready_phones(answer.views);
  judge_convergence(answer);
}

void Drill::start_ready_phones(const std::vector<NodeView>& views) {
  if (!settings_.phones) return;
  for (HostIndex host = 0; host < views.size(); ++host) {
    if (!views[host].answered || phones_started_[host]) continue;
    phones_started_[host] = true;
    if (const auto done = world_->start_phones(host); !done) violation(done.error().sentence);
  }
}

void Drill::judge_convergence(const NodeProbe::Answer& answer) {
  if (converged_ || answer.asked < changed_) return;
  const auto now = monotonic_now();
  const auto differs = difference(answer.views, world_->components(), world_->all_alive());
  if (differs) {
    last_difference_ = *differs;
    return;
  }
  converged_ = true;
  const double took = seconds(now - changed_);
  if (!first_convergence_s_) first_convergence_s_ = took;
  convergence_s_ = took;
  timeline_.say(
      now, "converged",
      fmt::format("all who can reach each other have a route and the same directory ({:.1f} s)",
                  took),
      {{"seconds", took}});
}

void Drill::world_changed() {
  changed_ = monotonic_now();
  converged_ = false;
  convergence_s_.reset();
}

void Drill::act(const EventAction& action) {
  ++events_;
  std::visit([this](const auto& event) { happen(event); }, action);
}

void Drill::call(const std::string& from, const std::string& to, Duration talk) {
  const auto now = monotonic_now();
  timeline_.say(now, "call", fmt::format("{} calls {}", from, to), {{"from", from}, {"to", to}});
  calls_.dialled(now, from, to);
  talk_[from] = talk;
  auto* phone = world_->phone(from);
  if (phone == nullptr || !phone->started()) {
    calls_.closed(now, from, "the phone is off");
    timeline_.say(now, "call_failed", fmt::format("{}'s phone is off", from),
                  {{"from", from}, {"to", to}});
    return;
  }
  phone->dial(to);
  loop_.at(now + call_patience, [this, from, now] {
    const auto* call = calls_.latest(from);
    if (call != nullptr && call->dialled == now && !call->established && !call->closed)
      world_->phone(from)->hang_up();
  });
}

void Drill::message(const std::string& from, const std::string& to, const std::string& text) {
  const auto now = monotonic_now();
  timeline_.say(now, "message", fmt::format("{} writes to {}: \"{}\"", from, to, text),
                {{"from", from}, {"to", to}});
  const auto number = messages_.sent(now, from, to, text);
  auto* phone = world_->phone(from);
  if (phone != nullptr && phone->started()) phone->message(number, to, text);
}

void Drill::violation(std::string sentence) {
  timeline_.say(monotonic_now(), "violation", sentence);
  violations_.push_back(std::move(sentence));
}

std::string Drill::names(const std::vector<HostIndex>& hosts) const {
  std::string text;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == hosts.size() ? " and " : ", ";
    text += scenario_.hosts[hosts[i]].name;
  }
  return text;
}

Measured Drill::measured() {
  Measured result;
  result.world = "emulated";
  result.wall_s = seconds(monotonic_now() - started_);
  result.virtual_s = result.wall_s;
  result.counted_s = result.wall_s;
  result.events = events_;
  result.calls = calls_.totals();
  result.messages = messages_.totals();
  result.messages_waiting = messages_waiting_;
  medium_ = world_->medium_report();
  result.frames = medium_.counters;
  result.airtime = medium_.airtime;
  result.first_convergence_s = first_convergence_s_;
  result.convergence_s = convergence_s_;
  result.violations = violations_;
  result.invalid = why_invalid(medium_, events_late_);
  if (settings_.nodes && !converged_)
    timeline_.remark("not converged at the end: " + last_difference_);
  return result;
}

}  // namespace muster::sim
