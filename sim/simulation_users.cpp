// SPDX-License-Identifier: Apache-2.0
// What people do with their phones, and what comes of it.
#include <fmt/format.h>

#include "node/overload.hpp"
#include "sim/simulation.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

/// Between the last word and the hanging up: what was said must have had time to arrive.
constexpr Duration farewell = 1s;
/// Who hears nothing after a call that the other side has ended hangs up too.
constexpr Duration silence_max = 5s;
constexpr Duration waiting_calls_period = 100ms;
/// Until one is found whose node is alive.
constexpr int askers_drawn_max = 64;

}  // namespace

void Simulation::schedule_workload() {
  if (const auto& load = scenario_.workload.messages) {
    message_pairs_.emplace(scenario_, load->pattern);
    std::uint64_t number = 0;
    for (const auto due : due_times(scenario_, *load, messages_random_)) {
      at(zero + due, [this, &load, n = ++number] {
        const auto on = [this](const std::string& user) { return is_on(user); };
        const auto pair = message_pairs_->pick(on, messages_random_);
        if (pair) message(pair->first, pair->second, numbered_text(n, load->payload_bytes));
      });
    }
  }
  if (const auto& load = scenario_.workload.calls) {
    call_pairs_.emplace(scenario_, load->pattern);
    for (const auto due : due_times(scenario_, *load, calls_random_)) {
      at(zero + due, [this, &load] {
        waiting_calls_.push_back(load->talk);
        if (waiting_calls_.size() == 1) place_waiting_calls();
      });
    }
  }
  if (const auto& load = scenario_.workload.lookups) {
    lookup_pairs_.emplace(scenario_, load->pattern);
    for (const auto due : due_times(scenario_, *load, lookups_random_)) {
      at(zero + due, [this] {
        const auto any = [](const std::string&) { return true; };
        for (int draw = 0; draw < askers_drawn_max; ++draw) {
          const auto pair = lookup_pairs_->pick(any, lookups_random_);
          if (!pair) return;
          if (is_on(pair->first)) return look_up(pair->first, pair->second);
        }
      });
    }
  }
}

/// Calls take idle pairs and wait where there is none.
void Simulation::place_waiting_calls() {
  const auto free = [this](const std::string& user) { return is_free(user); };
  while (!waiting_calls_.empty()) {
    const auto talk = waiting_calls_.front();
    const auto pair = call_pairs_->pick(free, calls_random_);
    if (!pair) return at(now_ + waiting_calls_period, [this] { place_waiting_calls(); });
    waiting_calls_.pop_front();
    call(pair->first, pair->second, talk);
  }
}

/// Where the user's phone is, or would be.
HostIndex Simulation::place_of(const std::string& user) const {
  const auto place = places_.find(user);
  return place != places_.end() ? place->second : scenario_.host_of_user(user).value_or(0);
}

const ScriptedPhone* Simulation::phone(const std::string& user) const {
  const auto place = places_.find(user);
  return place == places_.end() ? nullptr : hosts_[place->second].host.phone(user);
}

/// Its node is alive. Whose node is dead cannot even try.
bool Simulation::is_on(const std::string& user) const {
  const auto place = places_.find(user);
  return place != places_.end() && hosts_[place->second].host.alive();
}

bool Simulation::is_free(const std::string& user) const {
  const auto* there = phone(user);
  return there != nullptr && is_on(user) && !there->in_call() && !calls_.busy(user);
}

template <typename Action>
void Simulation::at_phone(const std::string& user, Action action) {
  const auto place = places_.find(user);
  if (place == places_.end()) return;
  hosts_[place->second].host.at_phone(now_, user, action);
  settle(place->second);
}

void Simulation::call(const std::string& from, const std::string& to, Duration talk) {
  calls_.dialled(now_, from, to);
  talk_[from] = talk;
  tell(Recorder::CallDialled{calls_.number_of(*calls_.latest(from)), place_of(from), place_of(to)});
  bindings_.note(to + '@' + simulated_domain, place_of(from));
  if (phone(from) == nullptr) return calls_.closed(now_, from, "the phone is off");
  at_phone(from, [&](ScriptedPhone& phone) { phone.dial(now_, to); });
}

void Simulation::message(const std::string& from, const std::string& to, const std::string& text) {
  const auto number = messages_.sent(now_, from, to, text);
  bindings_.note(to + '@' + simulated_domain, place_of(from));
  tell(Recorder::MessageSent{number, place_of(from), place_of(to)});
  at_phone(from, [&](ScriptedPhone& phone) { phone.message(now_, number, to, text); });
}

void Simulation::look_up(const std::string& from, const std::string& to) {
  const auto host = places_.at(from);
  const auto aor = to + '@' + simulated_domain;
  trace_.note(now_, TraceHash::What::lookup, host, as_bytes(aor));
  lookups_.attempted();
  bindings_.note(aor, host);
  // The number is known before the answer is read: both come from the same node.
  const auto number = hosts_[host].host.look_up(now_, aor);
  if (number) looking_up_[{host, *number}] = {host, aor, now_};
  settle(host);
}

/// Books what one phone says.
struct Simulation::Heard {
  Simulation& world;
  const std::string& user;

  void operator()(const CallRinging&) const { world.calls_.ringing(world.now_, user); }
  void operator()(const CallEstablished& event) const {
    if (!event.outgoing) return;
    world.calls_.established(world.now_, user);
    const auto* call = world.calls_.latest(user);
    world.tell(Recorder::CallEstablished{world.calls_.number_of(*call)});
    const auto end = world.now_ + world.talk_[user];
    // Both may be in another call by then, which is not to be disturbed.
    const auto of_this_call = [&world = world](const std::string& who, auto action) {
      const auto* there = world.phone(who);
      return [&world, who, action, number = there == nullptr ? 0 : there->calls()] {
        const auto* phone = world.phone(who);
        if (phone != nullptr && phone->calls() == number) world.at_phone(who, action);
      };
    };
    const auto fall_silent = [](ScriptedPhone& phone) { phone.fall_silent(); };
    const auto hang_up = [&world = world](ScriptedPhone& phone) { phone.hang_up(world.now_); };
    for (const auto& who : {user, call->to}) {
      world.at(end, of_this_call(who, fall_silent));
      world.at(end + farewell + silence_max, of_this_call(who, hang_up));
    }
    world.at(end + farewell, of_this_call(user, hang_up));
  }
  void operator()(const CallClosed& event) const {
    if (!event.outgoing) return;
    world.calls_.closed(world.now_, user, event.reason);
    if (const auto* call = world.calls_.latest(user))
      world.tell(Recorder::CallClosed{world.calls_.number_of(*call), event.reason});
  }
  void operator()(const CallMedia& event) const {
    world.calls_.media(user, event.sent, event.received);
    world.media_packets_ += event.received;
  }
  void operator()(const MessageAnswered& event) const {
    world.messages_.answered(world.now_, event.tag, event.status);
    world.tell(Recorder::MessageAnswered{event.tag, event.status});
  }
  void operator()(const MessageShown& event) const {
    const auto* message = world.messages_.shown(world.now_, event.from, user, event.text);
    if (message != nullptr)
      return world.tell(Recorder::MessageShown{world.messages_.number_of(*message)});
    world.violation(fmt::format("{} is shown again, or from nowhere, from {}: \"{}\"", user,
                                event.from, event.text));
  }
  void operator()(const PhoneFailed& event) const {
    world.violation(user + "'s phone failed: " + event.reason);
  }
  void operator()(const PhoneRegistered&) const {}
  void operator()(const PhoneNotRegistered&) const {}
};

void Simulation::heard(const std::string& user, const PhoneEvent& event) {
  trace_.note(now_, TraceHash::What::phone, places_[user], as_bytes(user));
  trace_.note(now_, TraceHash::What::phone, places_[user], event.index());
  std::visit(Heard{*this, user}, event);
}

}  // namespace muster::sim
