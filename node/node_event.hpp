// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::node {

/// Something that happened at a node and that a person may want to know now or look up later.
/// Names users: it stays on this machine.
struct NodeEvent {
  enum class Kind : std::uint8_t {
    registered,         ///< a phone of `from` registered; `detail` is its address
    unregistered,       ///< the last phone of `from` has gone
    call_offered,       ///< `from` calls `to`
    call_answered,      ///< ... and was answered
    call_ended,         ///< ... and it is over; `status` of a call never answered, else 0
    message_delivered,  ///< a phone of `to` has acknowledged a message of `from`
    message_stored,     ///< it waits here, and the sender was told so
    message_expired,    ///< it waited in vain
    refused,            ///< a request was refused with `status`; `detail` says why
    neighbour_up,       ///< `node` is heard
    neighbour_down,     ///< `node` is silent
    node_reachable,     ///< there is a route to `node`
    node_unreachable,   ///< there is none any more
    link_up,            ///< `detail` is the interface
    link_down,          ///< `detail` is the interface
    identity_cloned,    ///< two nodes write as `node`
  };
  Kind kind{};
  std::string from{};  ///< AoR without scheme
  std::string to{};    ///< AoR without scheme
  int status = 0;      ///< of SIP, 0 if none
  std::string call_id{};
  std::string node{};  ///< name, or NodeId in hexadecimal while the name is not known
  std::string detail{};

  friend bool operator==(const NodeEvent&, const NodeEvent&) = default;
};

/// An event as it is published and kept.
struct NumberedEvent {
  std::uint64_t number = 0;  ///< rises by one
  std::int64_t at_ms = 0;    ///< Unix time by the node's clock, which may be wrong
  NodeEvent event;

  friend bool operator==(const NumberedEvent&, const NumberedEvent&) = default;
};

[[nodiscard]] std::string_view to_string(NodeEvent::Kind kind);
[[nodiscard]] std::optional<NodeEvent::Kind> event_kind(std::string_view name);
/// Whether it tells of people rather than of the network: who called, wrote and registered.
[[nodiscard]] bool is_of_users(NodeEvent::Kind kind);

}  // namespace muster::node
