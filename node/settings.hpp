// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "core/base/time.hpp"
#include "node/link_settings.hpp"

namespace muster::node {

/// Whose mDNS is used to find neighbours: the system's avahi-daemon, one of our own, the first
/// where it runs and else the second, or nobody's.
enum class AvahiUse { automatic, daemon, embedded, off };

/// The services whose meaning is agreed (docs/OPERATING.md).
inline constexpr std::array<std::string_view, 3> service_names{"gateway", "relay", "time"};

/// Whether the DNS is asked for nodes of the overlay: where it may know the overlay's domain, in
/// any case, or not.
enum class DnsUse { automatic, on, off };

inline constexpr std::size_t guests_max = 64;  ///< names a node has for guests

/// What musterd was told by its configuration file, whole and checked.
struct Settings {
  std::string state_directory = "/var/lib/muster";
  std::string control_socket;  ///< ipc:// endpoint; control.sock in the state directory if empty
  IpEndpoint sip_listen{{false, {127, 0, 0, 1}, 0}, 5060};
  bool sip_tcp = true;  ///< listen for connections there too
  /// Users at home at this node alone as whom any phone may register without a password.
  std::vector<std::string> sip_guests;
  std::uint16_t media_port_first = 20000;
  std::uint16_t media_port_last = 20999;
  Duration media_deadline = std::chrono::milliseconds{400};  ///< mouth to ear
  Duration message_answer_within = std::chrono::seconds{4};
  Duration message_lifetime = std::chrono::hours{24 * 7};
  std::size_t message_quota_bytes = 64 * 1024 * 1024;
  std::vector<std::string> services;  ///< what this node offers to all others, of service_names
  std::string services_note;          ///< for people who choose among those who offer the same
  std::vector<LinkSettings> links;
  std::vector<IpEndpoint> peers;  ///< static peers, tried on every link
  bool beacons = true;            ///< say to everybody on every link that this node is there
  AvahiUse avahi = AvahiUse::automatic;
  DnsUse dns = DnsUse::automatic;
  /// Sessions with neighbours are made anew after so long, or so many frames; our key for
  /// broadcasts after half of that time, or as many frames.
  Duration rekey_after = std::chrono::hours{2};
  std::uint64_t rekey_after_frames = std::uint64_t{1} << 60;
  std::string log_level = "info";
  std::uint64_t journal_events_max = 100'000;  ///< who talked to whom when; 0 keeps none
  /// Above this the directory is no longer replicated to every node: what is said of users lies at
  /// the nodes closest to their names. 0: never to every node.
  std::size_t replicate_to_all_bytes_max = 640 * 1024;
  std::optional<unsigned> copies;  ///< of what lies there; nothing: from what is measured
  unsigned look_up_parallel = 3;   ///< nodes asked at once
};

}  // namespace muster::node
