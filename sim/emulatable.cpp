// SPDX-License-Identifier: Apache-2.0
#include "sim/emulatable.hpp"

#include <fmt/format.h>

#include "sim/topology.hpp"

namespace muster::sim {
namespace {

std::optional<std::string> unsupported_table(const Scenario& scenario) {
  const auto& layout = scenario.layout;
  const auto& medium = scenario.medium;
  if (!medium.broadcast) return "medium.broadcast: an underlay without broadcast";
  if (medium.profile) return "medium.profile: the profile of a modem";
  if (medium.duty_cycle) return "medium.duty_cycle: a budget of airtime";
  if (layout.mobility != Mobility::stationary) return "hosts.mobility: moving hosts";
  if (layout.clock_drift > 0) return "hosts.clock_drift: clocks that drift";
  if (layout.churn_median_session) return "hosts.churn: churn";
  if (layout.nat_endpoint_independent + layout.nat_symmetric > 0) return "hosts.nat: NAT";
  for (const auto& host : scenario.hosts) {
    if (!host.route.empty()) return "host.route: moving hosts";
    if (host.nat != Nat::none) return "host.nat: NAT";
  }
  if (!scenario.overlay.roster_provisioned) return "overlay.roster: a learned roster";
  if (scenario.crypto_modelled) return "security.crypto: modelled cryptography";
  if (scenario.workload.lookups) return "workload.lookups: look-ups by themselves";
  return std::nullopt;
}

struct UnsupportedEvent {
  std::optional<std::string> operator()(const MoveEvent&) const { return "move"; }
  std::optional<std::string> operator()(const ClockEvent&) const { return "clock"; }
  std::optional<std::string> operator()(const RevokeEvent&) const { return "revoke"; }
  std::optional<std::string> operator()(const DiskEvent& event) const {
    return event.full ? "disk_full" : "disk_free";
  }
  std::optional<std::string> operator()(const RegisterEvent& event) const {
    return event.host ? std::optional<std::string>("register at another host") : std::nullopt;
  }
  std::optional<std::string> operator()(const PartitionEvent& event) const {
    if (event.one_way) return "partition one way";
    return event.by_clusters ? std::optional<std::string>("partition by clusters") : std::nullopt;
  }
  template <typename Other>
  std::optional<std::string> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<Failure> why_not_emulatable(const Scenario& scenario) {
  if (scenario.hosts.size() > emulated_hosts_max) {
    return Failure{fmt::format("hosts.count: {} are more than one emulator carries; use at most {}",
                               scenario.hosts.size(), emulated_hosts_max)};
  }
  if (const auto topology = matrix_topology(scenario); !topology) return topology.error();
  if (const auto what = unsupported_table(scenario)) {
    return Failure{*what + " cannot be emulated yet; leave it out here"};
  }
  for (const auto& event : scenario.events) {
    if (const auto what = std::visit(UnsupportedEvent{}, event.action)) {
      return Failure{fmt::format(
          "event in line {}: \"{}\" cannot be emulated yet; leave it out here", event.line, *what)};
    }
  }
  return std::nullopt;
}

}  // namespace muster::sim
