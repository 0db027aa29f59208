// SPDX-License-Identifier: Apache-2.0
#include "sim/event_reader.hpp"

#include <array>
#include <string>

#include <fmt/format.h>

#include "sim/host_reader.hpp"
#include "sim/layout.hpp"

namespace muster::sim {
namespace {

/// A key that must name a user of the scenario.
std::string read_user(CheckedTable& table, std::string_view key, const Scenario& scenario) {
  table.require(key, "name a user, for example \"alice\"");
  const auto name = table.string(key);
  if (name && !scenario.host_of_user(*name)) {
    table.report(key, fmt::format("there is no user \"{}\"", *name),
                 "users are named in host order: alice, bob, ...");
  }
  return name.value_or("");
}

std::optional<HostIndex> read_optional_host(CheckedTable& table, std::string_view key,
                                            const Scenario& scenario) {
  const auto* node = table.node(key);
  return node == nullptr ? std::nullopt : read_host(table, key, *node, scenario);
}

EventAction read_partition(CheckedTable& table, const Scenario& scenario) {
  PartitionEvent event;
  event.one_way = table.boolean("one_way").value_or(false);
  table.require("groups", "list the hosts that still hear each other: groups = [[1, 2], [3]]");
  const auto* groups = table.node("groups");
  if (groups == nullptr) return event;
  if (groups->value_exact<std::string>().value_or("") == "clusters") {
    event.by_clusters = true;
    event.groups = cluster_groups(scenario);
    return event;
  }
  const auto* list = groups->as_array();
  if (list == nullptr || !list->is_homogeneous<toml::array>()) {
    table.report("groups", "lists of hosts are wanted",
                 "write groups = [[1, 2], [3]] or groups = \"clusters\"");
    return event;
  }
  std::set<HostIndex> named;
  for (const auto& group : *list) {
    auto& hosts = event.groups.emplace_back();
    for (const auto& node : *group.as_array()) {
      const auto host = read_host(table, "groups", node, scenario);
      if (host && !named.insert(*host).second) {
        table.report("groups", scenario.hosts[*host].name + " is in two groups", "name it once");
      }
      if (host) hosts.push_back(*host);
    }
  }
  return event;
}

EventAction read_kill(CheckedTable& table, const Scenario& scenario) {
  KillEvent event;
  event.hosts = read_host_list(table, "hosts", scenario);
  event.fraction = table.number("fraction", 0, 1);
  if (table.has("hosts") == table.has("fraction")) {
    table.report("do", "exactly one of hosts and fraction is wanted beside it",
                 "write for example hosts = [2]");
  }
  return event;
}

EventAction read_move(CheckedTable& table, const Scenario& scenario) {
  MoveEvent event;
  table.require("hosts", "name the hosts that move");
  table.require("to", "give the position: to = [x, y]");
  event.hosts = read_host_list(table, "hosts", scenario);
  const auto* to = table.node("to");
  const auto position = to == nullptr ? std::nullopt : read_position(*to);
  if (!position)
    table.report("to", "a position is [x, y] in metres", "write for example to = [100, 0]");
  event.to = position.value_or(Position{});
  if (scenario.medium.kind == MediumKind::matrix)
    table.report("do", "hosts have no places in a matrix",
                 "use medium.kind = \"geometric\", or change loss or a partition");
  return event;
}

EventAction read_loss_event(CheckedTable& table, const Scenario& scenario) {
  LossEvent event;
  table.require("rate", "say which share of frames is lost from now on");
  event.rate = table.number("rate", 0, 1).value_or(0);
  if (!table.has("between")) return event;
  const auto ends = read_host_list(table, "between", scenario);
  if (ends.size() == 2) {
    event.between = {ends[0], ends[1]};
  } else {
    table.report("between", "two hosts are wanted", "write for example between = [1, 2]");
  }
  return event;
}

EventAction read_clock(CheckedTable& table, const Scenario& scenario) {
  ClockEvent event;
  table.require("hosts", "name the hosts whose clock changes");
  table.require("offset", "say by how much, for example \"-2y\"");
  event.hosts = read_host_list(table, "hosts", scenario);
  event.offset = table.quantity("offset", parse_duration, "-2y").value_or(Duration{});
  return event;
}

EventAction read_revoke(CheckedTable& table, const Scenario& scenario) {
  RevokeEvent event;
  if (table.has("user") == table.has("host")) {
    table.report("do", "exactly one of user and host is wanted beside it",
                 "write for example user = \"bob\"");
  }
  if (table.has("user")) event.user = read_user(table, "user", scenario);
  event.host = read_optional_host(table, "host", scenario);
  return event;
}

EventAction read_register(CheckedTable& table, const Scenario& scenario) {
  RegisterEvent event;
  event.user = read_user(table, "user", scenario);
  event.host = read_optional_host(table, "host", scenario);
  return event;
}

EventAction read_message(CheckedTable& table, const Scenario& scenario) {
  MessageEvent event;
  event.from = read_user(table, "from", scenario);
  event.to = read_user(table, "to", scenario);
  table.require("text", "write what is said");
  event.text = table.string("text").value_or("");
  if (event.text.empty() || event.text.size() > 1000 ||
      event.text.find_first_of("\r\n") != std::string::npos) {
    table.report("text", "one line of 1 to 1000 bytes is wanted", "shorten it");
  }
  return event;
}

EventAction read_call(CheckedTable& table, const Scenario& scenario) {
  CallEvent event;
  event.from = read_user(table, "from", scenario);
  event.to = read_user(table, "to", scenario);
  if (!event.from.empty() && event.from == event.to)
    table.report("to", "nobody calls himself", "name another user");
  event.talk = table.quantity("talk", parse_duration, "20s").value_or(std::chrono::seconds{10});
  if (event.talk <= Duration{})
    table.report("talk", "it is not above zero", "give for example \"20s\"");
  return event;
}

EventAction read_restart(CheckedTable& table, const Scenario& scenario) {
  return RestartEvent{read_host_list(table, "hosts", scenario)};
}

EventAction read_heal(CheckedTable&, const Scenario&) { return HealEvent{}; }

template <bool full>
EventAction read_disk(CheckedTable& table, const Scenario& scenario) {
  table.require("hosts", "name the hosts whose disk it is");
  return DiskEvent{read_host_list(table, "hosts", scenario), full};
}

using Reader = EventAction (*)(CheckedTable&, const Scenario&);
/// In the order of the words in read_event.
constexpr std::array<Reader, 13> readers = {
    read_partition,  read_heal,       read_kill,       read_restart,  read_move,
    read_loss_event, read_clock,      read_revoke,     read_register, read_message,
    read_call,       read_disk<true>, read_disk<false>};

std::optional<Load> read_load(CheckedTable& workload, std::string_view key,
                              const Scenario& scenario) {
  const auto* found = workload.table(key);
  if (found == nullptr) return std::nullopt;
  CheckedTable table(*found, fmt::format("workload.{}", key), workload.faults());
  Load load;
  if (const auto total = table.whole("total", 0, 1'000'000'000))
    load.total = static_cast<std::uint64_t>(*total);
  load.per_host_minute = table.number("per_host_minute", 0, 1e6);
  load.per_host_hour = table.number("per_host_hour", 0, 1e6);
  load.pattern = table.string("pattern").value_or("any_to_any");
  const auto to = load.pattern.find("_to_");
  const bool known =
      load.pattern == "any_to_any" || load.pattern == "to_one" || load.pattern == "ends" ||
      (to != std::string::npos && scenario.host_of_user(load.pattern.substr(0, to)) &&
       scenario.host_of_user(load.pattern.substr(to + 4)));
  if (!known)
    table.report("pattern", "not a pattern of this scenario",
                 "use any_to_any, to_one, ends or for example alice_to_bob");
  load.payload_bytes = static_cast<std::uint32_t>(
      table.whole("payload_bytes", 1, 4096).value_or(load.payload_bytes));
  load.talk = table.quantity("talk", parse_duration, "5s").value_or(load.talk);
  load.precedence = static_cast<Precedence>(
      table.choice("precedence", {"routine", "priority", "immediate", "flash"}).value_or(0));
  if (load.total.has_value() + load.per_host_minute.has_value() + load.per_host_hour.has_value() !=
      1) {
    workload.report(key, "exactly one of total, per_host_minute, per_host_hour is wanted in it",
                    "say how much there is to do");
  }
  table.finish();
  return load;
}

}  // namespace

void read_event(CheckedTable table, Scenario& scenario) {
  Event event;
  event.line = table.line();
  table.require("at", "say when, for example at = \"20s\"");
  table.require("do", "say what happens, for example do = \"heal\"");
  event.at = table.quantity("at", parse_duration, "20s").value_or(Duration{});
  if (event.at < Duration{} || event.at > scenario.duration) {
    table.report("at", "it does not lie within the scenario's duration",
                 "change at or scenario.duration");
  }
  const auto what =
      table.choice("do", {"partition", "heal", "kill", "restart", "move", "loss", "clock", "revoke",
                          "register", "message", "call", "disk_full", "disk_free"});
  if (!what) return;
  event.action = readers[*what](table, scenario);
  table.finish();
  scenario.events.push_back(std::move(event));
}

void read_workload(CheckedTable table, Scenario& scenario) {
  auto& workload = scenario.workload;
  workload.start = table.quantity("start", parse_duration, "1m").value_or(scenario.warmup);
  workload.stop = table.quantity("stop", parse_duration, "19m");
  if (workload.stop && (*workload.stop < workload.start || *workload.stop > scenario.duration)) {
    table.report("stop", "it does not lie between the start and the end", "change it");
  }
  workload.lookups = read_load(table, "lookups", scenario);
  workload.messages = read_load(table, "messages", scenario);
  workload.calls = read_load(table, "calls", scenario);
  table.finish();
}

}  // namespace muster::sim
