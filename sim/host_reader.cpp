// SPDX-License-Identifier: Apache-2.0
#include "sim/host_reader.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

namespace muster::sim {
namespace {

constexpr std::array<std::string_view, 4> first_users = {"alice", "bob", "carol", "dave"};

std::string user_name(std::size_t index) {
  return index < first_users.size() ? std::string(first_users[index])
                                    : fmt::format("user-{}", index + 1);
}

/// A DNS label (RFC 1123): hosts and users become names in certificates and SIP addresses.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

void read_mobility(CheckedTable& table, HostsSpec& layout) {
  const auto* mobility = table.node("mobility");
  if (mobility != nullptr && mobility->is_table()) {
    CheckedTable trace(*mobility->as_table(), "hosts.mobility", table.faults());
    trace.require("trace", "name the file: mobility = { trace = \"FILE\" }");
    layout.trace_file = trace.string("trace").value_or("");
    layout.mobility = Mobility::trace;
    trace.finish();
  } else if (mobility != nullptr) {
    const auto place =
        table.choice("mobility", {"static", "random_waypoint", "rpgm", "disaster_area"});
    layout.mobility = static_cast<Mobility>(place.value_or(0));
  }
  layout.speed_mps = table.quantity("speed", parse_speed, "1.5m/s").value_or(0);
  layout.pause = table.quantity("pause", parse_duration, "10s").value_or(Duration{});
  if (layout.pause < Duration{}) table.report("pause", "it is negative", "give \"0s\" or more");
  layout.group_radius_m =
      table.quantity("group_radius", parse_distance, "50m").value_or(layout.group_radius_m);
}

void read_nat_shares(CheckedTable& table, HostsSpec& layout) {
  const auto* nat = table.table("nat");
  if (nat == nullptr) return;
  CheckedTable shares(*nat, "hosts.nat", table.faults());
  layout.nat_endpoint_independent = shares.number("endpoint_independent", 0, 1).value_or(0);
  layout.nat_symmetric = shares.number("symmetric", 0, 1).value_or(0);
  shares.finish();
  if (layout.nat_endpoint_independent + layout.nat_symmetric > 1) {
    shares.report("symmetric", "the shares are more than all hosts",
                  "let them add up to 1 at most");
  }
}

std::vector<Position> read_positions(CheckedTable& table, std::string_view key) {
  std::vector<Position> positions;
  const auto* list = table.array(key);
  if (list == nullptr) return positions;
  for (const auto& node : *list) {
    const auto position = read_position(node);
    if (!position) {
      table.report(key, "every position is [x, y] in metres",
                   "write for example [[0, 0], [100, 0]]");
      break;
    }
    positions.push_back(*position);
  }
  return positions;
}

void add_counted_hosts(CheckedTable& table, const ScenarioLimits& limits, Scenario& scenario) {
  const auto positions = read_positions(table, "positions");
  if (!positions.empty()) scenario.layout.layout = Layout::positions;
  const auto count = positions.empty() ? table.whole("count", 1, limits.hosts_max).value_or(0)
                                       : table.whole("count", 1, limits.hosts_max)
                                             .value_or(static_cast<std::int64_t>(positions.size()));
  const auto users = table.whole("users_per_host", 0, limits.users_per_host_max).value_or(1);
  if (!positions.empty() && static_cast<std::size_t>(count) != positions.size()) {
    table.report("count", "it is not the number of positions", "leave count out");
    return;
  }
  std::size_t next_user = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Host host;
    host.name = fmt::format("host-{}", i + 1);
    if (!positions.empty()) host.position = positions[static_cast<std::size_t>(i)];
    for (std::int64_t u = 0; u < users; ++u) host.users.push_back(user_name(next_user++));
    scenario.hosts.push_back(std::move(host));
  }
}

void read_users(CheckedTable& table, Host& host) {
  const auto* users = table.array("users");
  if (users == nullptr) return;
  for (const auto& node : *users) {
    const auto name = node.value_exact<std::string>();
    if (!name || !is_name(*name)) {
      table.report("users", "a user's name is lower-case letters, digits and hyphens",
                   "write for example [\"alice\"]");
      return;
    }
    host.users.push_back(*name);
  }
}

void read_one_host(CheckedTable table, Scenario& scenario) {
  Host host;
  host.name = table.string("name").value_or(fmt::format("host-{}", scenario.hosts.size() + 1));
  if (!is_name(host.name)) {
    table.report("name", "a host's name is at most 63 lower-case letters, digits and hyphens",
                 "rename it");
  }
  for (const auto& other : scenario.hosts) {
    if (other.name == host.name) table.report("name", "another host has this name", "rename one");
  }
  read_users(table, host);
  if (const auto* node = table.node("position")) {
    host.position = read_position(*node);
    if (!host.position)
      table.report("position", "a position is [x, y] in metres", "write for example [0, 0]");
  }
  host.route = read_positions(table, "route");
  host.speed_mps = table.quantity("speed", parse_speed, "1.5m/s").value_or(0);
  host.stop = table.quantity("stop", parse_duration, "5m").value_or(Duration{});
  host.nat = static_cast<Nat>(
      table.choice("nat", {"none", "endpoint_independent", "symmetric"}).value_or(0));
  if (!host.route.empty()) {
    if (host.route.size() < 2) table.report("route", "it leads nowhere", "give two points or more");
    if (host.speed_mps <= 0)
      table.report("speed", "a host on a route moves", "give for example \"1.5m/s\"");
    if (host.stop < Duration{}) table.report("stop", "it is negative", "give \"0s\" or more");
  }
  table.finish();
  scenario.hosts.push_back(std::move(host));
}

void check_users_differ(CheckedTable& table, const Scenario& scenario) {
  std::set<std::string> seen;
  for (const auto& host : scenario.hosts) {
    for (const auto& user : host.users) {
      if (!seen.insert(user).second) {
        table.report("users", fmt::format("two users are called {}", user), "rename one");
      }
    }
  }
}

/// Whether everybody in the air has a place, and those who move know where and how fast.
void check_geometry(CheckedTable& table, const Scenario& scenario) {
  const auto& layout = scenario.layout;
  const bool at_random = layout.mobility == Mobility::random_waypoint ||
                         layout.mobility == Mobility::rpgm ||
                         layout.mobility == Mobility::disaster_area;
  const bool needs_area = layout.layout == Layout::random || layout.layout == Layout::clusters ||
                          layout.mobility == Mobility::rpgm ||
                          layout.mobility == Mobility::disaster_area;
  if (needs_area && !layout.area)
    table.report("area", "it is missing", "say how large the ground is: area = \"3km x 3km\"");
  if (layout.area && (layout.area->width_m <= 0 || layout.area->height_m <= 0))
    table.report("area", "it has no size", "give for example \"3km x 3km\"");
  if (at_random && layout.speed_mps <= 0)
    table.report("speed", "hosts that move have one", "give for example speed = \"1.5m/s\"");
  if (layout.clusters > scenario.hosts.size())
    table.report("clusters", "there are more than hosts", "make it smaller");
  if (layout.layout_given || layout.area || layout.mobility == Mobility::trace) return;
  for (const auto& host : scenario.hosts) {
    if (!host.position && host.route.empty())
      table.report("layout", host.name + " has no place",
                   "give layout or area, or the host a position or a route");
  }
}

/// A matrix knows who hears whom, not where anybody is.
void check_matrix(CheckedTable& table, const Scenario& scenario) {
  const auto& layout = scenario.layout;
  constexpr std::string_view remedy = "use medium.kind = \"geometric\", or leave it out";
  if (layout.mobility != Mobility::stationary && layout.mobility != Mobility::trace)
    table.report("mobility", "hosts have no places in a matrix", remedy);
  for (const auto& host : scenario.hosts) {
    if (!host.route.empty())
      table.report("route", host.name + " has one, but hosts have no places in a matrix", remedy);
  }
}

void check_nat(CheckedTable& table, const Scenario& scenario) {
  const auto& layout = scenario.layout;
  bool wanted = layout.nat_endpoint_independent + layout.nat_symmetric > 0;
  for (const auto& host : scenario.hosts) wanted = wanted || host.nat != Nat::none;
  if (wanted && scenario.medium.broadcast)
    table.report("nat", "there are no boxes between hosts that hear each other",
                 "write medium.broadcast = false, or leave it out");
}

void check_places(CheckedTable& table, const Scenario& scenario) {
  check_nat(table, scenario);
  if (scenario.medium.kind == MediumKind::geometric) {
    check_geometry(table, scenario);
  } else {
    check_matrix(table, scenario);
  }
}

}  // namespace

void read_hosts(CheckedTable table, const std::vector<const toml::table*>& one_by_one,
                const ScenarioLimits& limits, Scenario& scenario) {
  auto& layout = scenario.layout;
  if (const auto place =
          table.choice("layout", {"chain", "grid", "mesh", "random", "clusters", "positions"})) {
    layout.layout = static_cast<Layout>(*place);
    layout.layout_given = true;
  }
  layout.spacing_m = table.quantity("spacing", parse_distance, "100m");
  layout.area = table.quantity("area", parse_area, "3km x 3km");
  layout.clusters =
      static_cast<std::uint32_t>(table.whole("clusters", 1, limits.hosts_max).value_or(1));
  read_mobility(table, layout);
  read_nat_shares(table, layout);
  if (const auto* churn = table.table("churn")) {
    CheckedTable session(*churn, "hosts.churn", table.faults());
    session.require("median_session", "write churn = { median_session = \"1h\" }");
    layout.churn_median_session = session.quantity("median_session", parse_duration, "1h");
    session.finish();
  }
  // A quartz is within 0.0001, a bad one within 0.001.
  layout.clock_drift = table.number("clock_drift", 0, 0.001).value_or(0);
  layout.bootstrap_peers =
      static_cast<std::uint32_t>(table.whole("bootstrap_peers", 0, limits.hosts_max).value_or(0));
  if (one_by_one.empty()) {
    if (!table.has("positions"))
      table.require("count", "say how many hosts there are, or list them as [[host]]");
    add_counted_hosts(table, limits, scenario);
  } else {
    if (table.has("count"))
      table.report("count", "the hosts are listed as [[host]] too", "use one of both");
    for (const auto* host : one_by_one)
      read_one_host(CheckedTable(*host, "host", table.faults()), scenario);
  }
  if (layout.layout == Layout::positions) {
    for (const auto& host : scenario.hosts) {
      if (!host.position)
        table.report("layout", host.name + " has no position", "give hosts.positions");
    }
  }
  check_places(table, scenario);
  check_users_differ(table, scenario);
  table.finish();
}

std::optional<Position> read_position(const toml::node& node) {
  const auto* pair = node.as_array();
  if (pair == nullptr || pair->size() != 2) return std::nullopt;
  const auto x = (*pair)[0].value<double>();
  const auto y = (*pair)[1].value<double>();
  const auto possible = [](const auto& metres) {
    return metres && *metres >= -distance_m_max && *metres <= distance_m_max;
  };
  if (!possible(x) || !possible(y)) return std::nullopt;
  return Position{*x, *y};
}

std::optional<HostIndex> read_host(CheckedTable& table, std::string_view key,
                                   const toml::node& node, const Scenario& scenario) {
  if (const auto number = node.value_exact<std::int64_t>()) {
    if (*number >= 1 && *number <= static_cast<std::int64_t>(scenario.hosts.size())) {
      return static_cast<HostIndex>(*number - 1);
    }
    table.report(key, fmt::format("there is no host {}", *number),
                 fmt::format("hosts are 1 to {}", scenario.hosts.size()));
    return std::nullopt;
  }
  const auto name = node.value_exact<std::string>().value_or("");
  for (HostIndex index = 0; index < scenario.hosts.size(); ++index) {
    if (scenario.hosts[index].name == name) return index;
  }
  table.report(key, fmt::format("there is no host \"{}\"", name),
               "give a host's number (from 1) or its name");
  return std::nullopt;
}

std::vector<HostIndex> read_host_list(CheckedTable& table, std::string_view key,
                                      const Scenario& scenario) {
  std::vector<HostIndex> hosts;
  const auto* list = table.array(key);
  if (list == nullptr) return hosts;
  for (const auto& node : *list) {
    if (const auto host = read_host(table, key, node, scenario)) hosts.push_back(*host);
  }
  return hosts;
}

}  // namespace muster::sim
