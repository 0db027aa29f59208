// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/report.hpp"
#include "node/settings.hpp"

/// What `muster doctor` makes of what it finds. Pure: whoever looks hands in the facts.
namespace muster::node {

struct Finding {
  enum class Level : std::uint8_t { ok, warning, failure };
  Level level{};
  std::string check;   ///< "clock", "link wlan0" ...
  std::string text;    ///< what was found
  std::string remedy;  ///< what to do; empty if nothing
};

struct ClockFacts {
  std::int64_t now_s = 0;  ///< Unix time
  std::int64_t kit_not_before_s = 0;
  std::int64_t kit_not_after_s = 0;
};
[[nodiscard]] Finding judge_clock(const ClockFacts& clock);

struct DiskFacts {
  std::uint64_t free_bytes = 0;  ///< for those who are not root
  bool read_only = false;
};
[[nodiscard]] Finding judge_disk(const DiskFacts& disk);

struct InterfaceFacts {
  std::string name;
  bool exists = false;
  bool up = false;       ///< switched on
  bool running = false;  ///< has a carrier
  bool has_address = false;
};
[[nodiscard]] Finding judge_interface(const InterfaceFacts& interface);

struct DiscoveryFacts {
  AvahiUse avahi = AvahiUse::automatic;
  bool avahi_daemon = false;  ///< it runs on this machine
  bool beacons = true;
  bool static_peers = false;
  bool dns = false;  ///< it is asked
};
[[nodiscard]] Finding judge_discovery(const DiscoveryFacts& discovery);

[[nodiscard]] Finding judge_health(const HealthReport& health);
[[nodiscard]] Finding judge_neighbours(const std::vector<PeerReport>& peers);
[[nodiscard]] Finding judge_links(const std::vector<LinkReport>& links);
/// What the counters say that a person must act upon; nothing if all is well.
[[nodiscard]] std::vector<Finding> judge_counters(const StatusReport& status);

[[nodiscard]] bool any_failure(const std::vector<Finding>& findings);

}  // namespace muster::node
