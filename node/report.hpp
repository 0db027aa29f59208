// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a running node says of itself when asked by `muster status` and its kin.
namespace muster::node {

struct StatusReport {
  std::string node;  ///< NodeId, hexadecimal
  std::string name;
  std::string overlay;
  double uptime_s = 0;
  std::uint32_t boot = 0;
  std::uint32_t neighbours = 0;
  std::uint32_t routes = 0;
  std::uint32_t users = 0;       ///< users registered anywhere, as far as this node knows
  std::string directory_digest;  ///< equal on two nodes that hold the same records
  std::uint32_t directory_records = 0;
  /// "everybody" or "closest": where that goes which is said of users.
  std::string directory_spread;
  std::uint32_t directory_copies = 0;          ///< of each record, if at the closest
  std::uint32_t directory_copies_missing = 0;  ///< of this node's, not known to be there
  /// "everybody" or "buckets": which of the other nodes this one knows.
  std::string directory_members;
  std::uint32_t directory_nodes = 0;  ///< that there are, this one too; estimated if in buckets
  std::uint32_t messages_waiting = 0;
  struct Counter {
    std::string name;
    std::uint64_t value = 0;
  };
  std::vector<Counter> counters;  ///< everything that was dropped, by reason
};

struct PeerReport {
  std::string node;
  std::string name;
  std::string link;
  std::string address;
  bool up = false;
  double rtt_ms = 0;
  double delivery_ratio = 0;  ///< of frames sent to this peer, 0..1
};

struct RouteReport {
  std::string node;
  std::string name;
  std::string next_hop;
  std::string next_hop_name;
  std::uint32_t metric = 0;  ///< 256 is one hop without loss
};

struct UserReport {
  struct At {
    std::string node;
    std::string name;
  };
  std::string aor;
  bool registered = false;
  std::vector<At> nodes;
};

struct MessageReport {
  std::uint64_t id = 0;
  std::string from;
  std::string to;
  std::string state;  ///< waiting, attempting, delivered, expired
  double age_s = 0;
  std::uint32_t attempts = 0;
};

/// One link and what has passed over it since the node started.
struct LinkReport {
  std::string link;  ///< interface, device or address
  std::string kind;  ///< as in the configuration: "udp", "kiss-tcp" ...
  std::uint16_t port = 0;
  bool up = false;
  std::string trouble;                   ///< why it is down; empty while it is up
  std::uint32_t mtu = 0;                 ///< largest IP packet, octets
  std::uint32_t datagram_bytes_max = 0;  ///< largest frame, octets
  std::uint64_t frames_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t send_errors = 0;  ///< frames the system would not take
  std::uint64_t receive_errors = 0;
};

/// What came of writing into the directory and reading it back, just now.
struct HealthReport {
  bool listening = false;    ///< just started: it listens before it writes, so nothing was tried
  bool put = false;          ///< the node's record was written anew, and stored
  bool got = false;          ///< and came back as it was written
  bool from_before = false;  ///< asked again too soon: the last result
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
};

/// The way to a user or node, and who holds what is said of him; so far, if it is not done.
struct TraceReport {
  struct Held {
    std::string writer;  ///< the node where the user is registered
    std::string writer_name;
    std::uint32_t epoch = 0;
    std::uint32_t sequence = 0;
    std::uint32_t age_s = 0;
  };
  /// What one node has said of itself.
  struct Step {
    std::string node;
    std::string name;
    bool answered = false;
    std::uint32_t asked = 0;   ///< times; each question or its answer may be lost
    double round_trip_ms = 0;  ///< from here to there and back
    std::string next_hop;      ///< empty: it is there, or has no route
    std::string next_hop_name;
    std::uint32_t metric = 0;   ///< from there; 256 is one hop without loss
    double delivery_ratio = 0;  ///< of frames sent to the next hop, 0..1
    double hop_rtt_ms = 0;      ///< to the next hop
    double uptime_s = 0;
    std::vector<Held> records;
  };
  struct Path {
    std::string to;
    std::string to_name;
    std::string state;  ///< arrived, no route, silent, loop, under way
    std::vector<Step> steps;
  };
  std::uint64_t number = 0;  ///< to ask again with
  std::string target;
  bool done = false;
  std::string state;  ///< node, found, absent, unknown (holders were silent), looking up, nobody
  std::string spread;
  std::vector<Path> paths;
  std::vector<Step> holders;
};

/// Who offers a service, the nearest first; so far, if it is not done.
struct ServicesReport {
  struct Offer {
    std::string service;
    std::string node;
    std::string name;
    std::string note;
    bool here = false;       ///< it is this node
    bool reachable = false;  ///< within reach, as far as is known now
    std::uint32_t metric =
        0;                   ///< of the way there, 256 is one hop without loss; 0: no way is known
    double rtt_ms = 0;       ///< there and back; 0 if it was not measured
    double age_s = 0;        ///< since its node said so
    bool confirmed = false;  ///< else it is what the disk remembers
  };
  std::uint64_t number = 0;  ///< to ask again with
  std::string service;       ///< that was asked for; empty: all
  bool done = false;
  std::string state;         ///< found, none, unknown (some were silent, or it has just started)
  bool listening = false;    ///< it has just started
  std::uint32_t silent = 0;  ///< nodes that may know and were not heard
  std::uint32_t asked = 0;   ///< nodes that may know
  std::vector<Offer> offers;
};

enum class Question : std::uint8_t {
  status,
  peers,
  routes,
  users,
  messages,
  links,
  health,
  trace,
  services
};

/// A question with what some need beside it.
struct Asked {
  Asked(Question what, std::string whom = {}, std::uint64_t which = 0)
      : question(what), target(std::move(whom)), number(which) {}
  Question question;
  std::string target;        ///< of a trace: AoR, user, node or NodeId; or a service, empty for all
  std::uint64_t number = 0;  ///< of one that is under way; 0 begins one
  friend bool operator==(const Asked&, const Asked&) = default;
};

using Report = std::variant<StatusReport, std::vector<PeerReport>, std::vector<RouteReport>,
                            std::vector<UserReport>, std::vector<MessageReport>,
                            std::vector<LinkReport>, HealthReport, TraceReport, ServicesReport>;

}  // namespace muster::node
