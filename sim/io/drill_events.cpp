// SPDX-License-Identifier: Apache-2.0
// What the events of a scenario and of the phones do in a drill.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/io/drill.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

std::string answer_text(const MessageBook::Message& message, unsigned status) {
  const auto& [from, to] = std::tie(message.from, message.to);
  if (status == 200) return fmt::format("{} learns that {} has \"{}\"", from, to, message.text);
  if (status == 202) {
    return fmt::format("{} learns that \"{}\" is kept until {} can have it", from, message.text,
                       to);
  }
  return fmt::format("{}'s \"{}\" to {} was refused with {}", from, message.text, to, status);
}

}  // namespace

void Drill::happen(const PartitionEvent& event) {
  std::string text;
  std::set<HostIndex> named;
  for (const auto& group : event.groups) {
    text += fmt::format("{}[{}]", text.empty() ? "" : " | ", names(group));
    named.insert(group.begin(), group.end());
  }
  std::vector<HostIndex> rest;
  for (HostIndex host = 0; host < scenario_.hosts.size(); ++host) {
    if (!named.contains(host)) rest.push_back(host);
  }
  if (!rest.empty()) text += fmt::format(" | [{}]", names(rest));
  world_->partition(event.groups);
  timeline_.say(monotonic_now(), "partition", "out of range of each other: " + text);
  world_changed();
}

void Drill::happen(const HealEvent&) {
  world_->heal();
  timeline_.say(monotonic_now(), "heal", "everybody is back in range");
  world_changed();
}

std::vector<HostIndex> Drill::victims(const KillEvent& event) {
  if (!event.fraction) return event.hosts;
  std::vector<HostIndex> living;
  for (HostIndex host = 0; host < scenario_.hosts.size(); ++host) {
    if (world_->alive(host)) living.push_back(host);
  }
  for (std::size_t i = living.size(); i > 1; --i)
    std::swap(living[i - 1], living[random_.below(i)]);
  living.resize(static_cast<std::size_t>(*event.fraction * static_cast<double>(living.size())));
  return living;
}

void Drill::happen(const KillEvent& event) {
  const auto hosts = victims(event);
  for (const auto host : hosts) world_->kill_node(host);
  timeline_.say(monotonic_now(), "kill",
                fmt::format("the power of {} fails (kill -9)", names(hosts)));
  world_changed();
}

void Drill::happen(const RestartEvent& event) {
  auto hosts = event.hosts;
  for (HostIndex host = 0; event.hosts.empty() && host < scenario_.hosts.size(); ++host) {
    if (!world_->alive(host)) hosts.push_back(host);
  }
  for (const auto host : hosts) {
    world_->kill_node(host);
    start_node(host);
  }
  timeline_.say(monotonic_now(), "restart", fmt::format("{} switched on again", names(hosts)));
  world_changed();
}

void Drill::happen(const LossEvent& event) {
  world_->set_loss(event.rate, event.between);
  const auto where = event.between
                         ? "between " + names({event.between->first, event.between->second})
                         : "everywhere";
  timeline_.say(monotonic_now(), "loss",
                fmt::format("{:.0f} % of frames are lost {}", event.rate * 100, where));
  world_changed();
}

void Drill::happen(const RegisterEvent& event) {
  timeline_.say(monotonic_now(), "register",
                fmt::format("{} switches the phone off and on", event.user),
                {{"user", event.user}});
  if (const auto done = world_->restart_phone(event.user); !done) violation(done.error().sentence);
  world_changed();
}

void Drill::happen(const MessageEvent& event) { message(event.from, event.to, event.text); }

void Drill::happen(const CallEvent& event) { call(event.from, event.to, event.talk); }

/// Books and tells what one phone says.
struct Drill::Told {
  Drill& drill;
  const std::string& user;
  TimePoint now = monotonic_now();

  void operator()(const PhoneRegistered&) const {
    if (drill.registered_.insert(user).second) {
      drill.timeline_.say(now, "registered", fmt::format("{}'s phone is registered", user),
                          {{"user", user}});
    }
  }
  void operator()(const PhoneNotRegistered& event) const {
    drill.registered_.erase(user);
    drill.timeline_.say(now, "not_registered",
                        fmt::format("{}'s phone could not register: {}", user, event.reason),
                        {{"user", user}, {"reason", event.reason}});
  }
  void operator()(const CallRinging&) const {
    drill.calls_.ringing(now, user);
    if (const auto* call = drill.calls_.latest(user)) {
      const double took = seconds(now - call->dialled);
      drill.timeline_.say(now, "ringing",
                          fmt::format("{}'s phone rings ({:.2f} s)", call->to, took),
                          {{"from", user}, {"to", call->to}, {"seconds", took}});
    }
  }
  void operator()(const CallEstablished& event) const {
    if (!event.outgoing) return;
    drill.calls_.established(now, user);
    const auto* call = drill.calls_.latest(user);
    if (call == nullptr) return;
    const double took = seconds(now - call->dialled);
    drill.timeline_.say(
        now, "established",
        fmt::format("{} and {} talk ({:.2f} s after dialling)", user, call->to, took),
        {{"from", user}, {"to", call->to}, {"seconds", took}});
    drill.loop_.after(drill.talk_[user], [&drill = drill, user = user, dialled = call->dialled] {
      const auto* running = drill.calls_.latest(user);
      if (running == nullptr || running->dialled != dialled || running->closed) return;
      drill.timeline_.say(monotonic_now(), "hang_up", fmt::format("{} hangs up", user),
                          {{"user", user}});
      drill.world_->phone(user)->hang_up();
    });
  }
  void operator()(const CallClosed& event) const {
    if (!event.outgoing) return;
    const auto* call = drill.calls_.latest(user);
    if (call == nullptr || call->closed) return;
    const bool failed = !call->established;
    drill.calls_.closed(now, user, event.reason);
    drill.timeline_.say(now, failed ? "call_failed" : "call_ended",
                        failed
                            ? fmt::format("{} did not reach {}: {}", user, call->to, event.reason)
                            : fmt::format("the call of {} and {} has ended", user, call->to),
                        {{"from", user}, {"to", call->to}, {"reason", event.reason}});
  }
  void operator()(const CallMedia& event) const {
    drill.calls_.media(user, event.sent, event.received);
  }
  void operator()(const MessageAnswered& event) const {
    const auto& message = drill.messages_.at(event.tag);
    if (message.accepted || message.refused) return;
    drill.messages_.answered(now, event.tag, event.status);
    const auto text = answer_text(message, event.status);
    drill.timeline_.say(now, "message_answered", text,
                        {{"from", user}, {"to", message.to}, {"status", event.status}});
  }
  void operator()(const MessageShown& event) const {
    const auto* message = drill.messages_.shown(now, event.from, user, event.text);
    const auto text = message == nullptr
                          ? fmt::format("{} sees again, or from nowhere, from {}: \"{}\"", user,
                                        event.from, event.text)
                          : fmt::format("{} reads from {}: \"{}\" ({:.1f} s)", user, event.from,
                                        event.text, seconds(now - message->sent));
    drill.timeline_.say(now, message == nullptr ? "message_duplicate" : "message_shown", text,
                        {{"from", event.from}, {"to", user}, {"message", event.text}});
  }
  void operator()(const PhoneFailed& event) const {
    drill.violation(fmt::format("{}'s phone failed: {}", user, event.reason));
  }
};

void Drill::on_phone(const std::string& user, const PhoneEvent& event) {
  std::visit(Told{*this, user}, event);
}

}  // namespace muster::sim
