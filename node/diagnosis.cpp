// SPDX-License-Identifier: Apache-2.0
#include "node/diagnosis.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "node/utc_time.hpp"

namespace muster::node {
namespace {

using Level = Finding::Level;

/// Below this nothing more can be kept with confidence; the database needs room to clean up.
constexpr std::uint64_t disk_free_fail_bytes = 32ull << 20;
/// Below this a full quota of messages and a full journal no longer fit.
constexpr std::uint64_t disk_free_warn_bytes = 256ull << 20;
/// Fewer than this share of frames arriving: speech suffers in spite of all repeats.
constexpr double delivery_ratio_poor = 0.5;

std::uint64_t counter(const StatusReport& status, std::string_view name) {
  for (const auto& counter : status.counters) {
    if (counter.name == name) return counter.value;
  }
  return 0;
}

std::string date(std::int64_t unix_s) { return utc_text(unix_s * 1000).substr(0, 10); }

}  // namespace

Finding judge_clock(const ClockFacts& clock) {
  const std::string now = utc_minute_text(clock.now_s * 1000);
  const char* remedy = "set it with 'date -u -s \"2026-05-01 09:30\"' or let chrony do it";
  if (clock.now_s < clock.kit_not_before_s) {
    return {Level::warning, "clock",
            fmt::format("{} UTC is before this node's kit was made ({}): logs will be wrong, calls "
                        "and messages work all the same",
                        now, date(clock.kit_not_before_s)),
            remedy};
  }
  if (clock.now_s > clock.kit_not_after_s) {
    return {Level::warning, "clock",
            fmt::format("{} UTC is after the end of this node's certificate ({}): it still works, "
                        "since dates are hints",
                        now, date(clock.kit_not_after_s)),
            "correct the clock, or have the authority make a new kit"};
  }
  return {Level::ok, "clock", now + " UTC", ""};
}

Finding judge_disk(const DiskFacts& disk) {
  if (disk.read_only) {
    return {Level::failure, "disk", "the state directory is on a read-only file system",
            "mount it for writing, or give musterd another --state"};
  }
  const auto free_mb = disk.free_bytes >> 20;
  const std::string text = fmt::format("{} MiB free for the state directory", free_mb);
  const char* remedy = "make room; messages are refused once it is full";
  if (disk.free_bytes < disk_free_fail_bytes) return {Level::failure, "disk", text, remedy};
  if (disk.free_bytes < disk_free_warn_bytes) return {Level::warning, "disk", text, remedy};
  return {Level::ok, "disk", text, ""};
}

Finding judge_interface(const InterfaceFacts& interface) {
  const std::string check = "interface " + interface.name;
  if (!interface.exists) {
    return {Level::failure, check, "there is no such interface",
            "plug the radio in, or name another one in [[link]]; 'ip link' lists them"};
  }
  if (!interface.up) {
    return {Level::failure, check, "is switched off",
            fmt::format("ip link set {} up", interface.name)};
  }
  if (!interface.running) {
    return {Level::warning, check, "has no carrier: no cable, or not associated",
            "join the radio network (iw, wpa_supplicant, NetworkManager)"};
  }
  if (!interface.has_address) {
    return {Level::failure, check, "has neither an IPv6 link-local nor an IPv4 address",
            fmt::format("sysctl net.ipv6.conf.{}.disable_ipv6=0, or give it an IPv4 address",
                        interface.name)};
  }
  return {Level::ok, check, "up", ""};
}

Finding judge_discovery(const DiscoveryFacts& discovery) {
  const bool mdns = discovery.avahi != AvahiUse::off;
  if (discovery.avahi == AvahiUse::daemon && !discovery.avahi_daemon) {
    return {discovery.beacons ? Level::warning : Level::failure, "discovery",
            "avahi-daemon is to be used but does not run",
            "systemctl enable --now avahi-daemon, or [discovery] avahi = \"auto\""};
  }
  if (!mdns && !discovery.beacons && !discovery.static_peers && !discovery.dns) {
    return {Level::failure, "discovery",
            "no beacons, no mDNS, no peers and no DNS: nobody is found",
            "set one of [discovery] beacons, avahi, peers and dns"};
  }
  std::string text = discovery.beacons ? "beacons" : "no beacons";
  if (mdns) {
    const bool own = discovery.avahi == AvahiUse::embedded || !discovery.avahi_daemon;
    text += own ? ", mDNS by the node itself" : ", mDNS by avahi-daemon";
  }
  if (discovery.static_peers) text += ", static peers";
  if (discovery.dns) text += ", DNS";
  return {Level::ok, "discovery", text, ""};
}

Finding judge_health(const HealthReport& health) {
  if (health.listening) {
    return {Level::warning, "directory", "the node has just started and listens before it writes",
            "ask again in some seconds"};
  }
  if (!health.put) {
    return {Level::failure, "directory", "a record could not be written to disk",
            "see 'disk' above and the node's log"};
  }
  if (!health.got) {
    return {Level::failure, "directory", "a record was written but did not come back",
            "restart musterd; if it stays so, move muster.db in the state directory aside"};
  }
  return {Level::ok, "directory",
          fmt::format("a record was written and read back, version {}.{}", health.epoch,
                      health.sequence),
          ""};
}

Finding judge_neighbours(const std::vector<PeerReport>& peers) {
  const auto up = std::count_if(peers.begin(), peers.end(), [](const auto& p) { return p.up; });
  if (up == 0) {
    return {Level::warning, "neighbours", "no other node is heard",
            "is one in range, on the same link, with a kit of the same overlay? Where multicast "
            "is filtered name it in [discovery] peers"};
  }
  const auto poor = std::find_if(peers.begin(), peers.end(), [](const PeerReport& peer) {
    return peer.up && peer.delivery_ratio < delivery_ratio_poor;
  });
  if (poor != peers.end()) {
    return {Level::warning, "neighbours",
            fmt::format("{} up, but only {:.0f} % of the frames to {} arrive", up,
                        poor->delivery_ratio * 100, poor->name),
            "move an antenna or put a relay between"};
  }
  return {Level::ok, "neighbours", fmt::format("{} up", up), ""};
}

Finding judge_links(const std::vector<LinkReport>& links) {
  if (links.empty()) {
    return {Level::failure, "links", "the node has none", "add a [[link]] to its configuration"};
  }
  const auto down =
      std::find_if(links.begin(), links.end(), [](const LinkReport& link) { return !link.up; });
  if (down != links.end()) {
    return {Level::failure, "links", fmt::format("{} is down: {}", down->link, down->trouble),
            "see 'interface' above"};
  }
  return {Level::ok, "links", fmt::format("{} up", links.size()), ""};
}

std::vector<Finding> judge_counters(const StatusReport& status) {
  std::vector<Finding> findings;
  const auto add = [&](Level level, std::string_view name, std::string_view what,
                       std::string_view remedy) {
    const auto value = counter(status, name);
    if (value == 0) return;
    findings.push_back(
        {level, "counters", fmt::format("{} times: {}", value, what), std::string{remedy}});
  };
  add(Level::failure, "directory.clones", "another node writes with the identity of one of ours",
      "find the copied disk or kit and switch it off; 'muster pki node NAME --replace' locks out "
      "the old key");
  add(Level::failure, "beacons.clones", "another machine on a link says that it is this node",
      "find the copied disk or kit and switch it off; 'muster pki node NAME --replace' locks out "
      "the old key");
  add(Level::failure, "messages.store_failures", "a message could not be stored",
      "see 'disk' above");
  add(Level::warning, "directory.store_failures", "a record could not be stored",
      "see 'disk' above");
  add(Level::warning, "messages.refused_over_quota", "a message was refused, the quota is full",
      "raise [messages] quota_bytes, or see 'muster messages' for whom they wait");
  add(Level::warning, "sip.impersonations", "a node spoke for a user who is not at home there",
      "see the log for its name; have the authority replace its certificate");
  return findings;
}

bool any_failure(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.level == Level::failure; });
}

}  // namespace muster::node
