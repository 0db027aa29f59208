// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/ip_endpoint.hpp"
#include "core/base/precedence.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "sip/credential_source.hpp"
#include "sip/edge_event.hpp"
#include "sip/locator.hpp"
#include "sip/media_sockets.hpp"
#include "sip/phone_address.hpp"
#include "sip/registered_phone.hpp"
#include "sip/stored_messages.hpp"

namespace muster::sip {

/// What a node does for its phones: registrar, transaction-stateful proxy (RFC 3261 section 16),
/// media anchor, and the way in and out of the mesh for all three.
///
/// A pure state machine: no socket, no clock, no thread, no global. Bytes that make no sense are
/// counted and dropped: neither a phone nor a node can make this class throw.
class Edge {
 public:
  struct Limits {
    std::size_t contacts_per_user_max = 8;  ///< about 500 octets each
    std::size_t transactions_max = 1024;    ///< each holds a message: up to 64 kB, usually 1-2 kB
    std::size_t branches_per_request_max = 16;
    /// REGISTERs of phones from elsewhere that wait for a home's answer. Anybody on the phones'
    /// network can send one, and each costs airtime.
    std::size_t visits_under_way_max = 16;
    std::size_t calls_max = 256;                 ///< about 500 octets each
    std::size_t flows_max = 1024;                ///< remembered phone addresses, 200 octets each
    std::size_t mesh_message_bytes_max = 32000;  ///< what Delivery carries
    std::size_t outputs_max = 4096;              ///< not drained: the oldest go
  };

  struct Config {
    NodeId self;
    std::string domain;  ///< the overlay, e.g. "drill.example"; also the digest realm
    IpEndpoint listen;   ///< the address phones use: goes into Via and Record-Route
    /// Over the mesh a MESSAGE not answered within this is stored and the sender told 202; before
    /// the phone's Timer F (32 s) by far.
    Duration message_answer_within = std::chrono::seconds{4};
    Duration invite_give_up = std::chrono::seconds{8};    ///< for a node that does not acknowledge
    Duration request_give_up = std::chrono::seconds{20};  ///< the same for all but INVITE
    /// A call that rings to or from a node which the mesh has lost for so long is ended.
    Duration lost_node_patience = std::chrono::seconds{10};
    Duration expires_default = std::chrono::seconds{3600};
    Duration expires_min = std::chrono::seconds{60};
    Duration expires_max = std::chrono::seconds{3600};
    Duration media_playout_deadline = std::chrono::milliseconds{400};
    /// User parts of users at home here as whom a phone may register without a password, as long as
    /// no phone at another address has done so. Elsewhere they need theirs.
    std::vector<std::string> guests;
    Limits limits;
  };

  /// A SIP message for a phone, sent from the listening socket or over its connection.
  struct ToPhone {
    PhoneAddress to;
    Bytes message;
  };
  /// A SIP message for a node, over acknowledged delivery. `number` is for node_unreachable().
  struct ToNode {
    NodeId to;
    Precedence precedence;
    Bytes message;
    Duration give_up_after;
    std::uint64_t number;
  };
  /// A media packet for a node; worthless after `expires`.
  struct MediaToNode {
    NodeId to;
    Bytes packet;
    TimePoint expires;
  };
  /// RTP or RTCP for a phone, sent from the local media port.
  struct MediaToPhone {
    std::uint16_t local_port;
    IpEndpoint to;
    Bytes packet;
  };
  /// `registered`: the user has a binding here (said again whenever a phone is added, so waiting
  /// messages may be tried, or has gone); otherwise his last one has ended.
  struct BindingChanged {
    std::string aor;
    bool registered;
  };
  /// The end of attempt_stored(`id`). `status` is the final SIP status, 0 where there was none.
  struct StoredOutcome {
    enum class Kind { delivered, unreachable, rejected };
    std::uint64_t id;
    Kind kind;
    int status;
  };
  /// The end of show_message(`number`). `identity` as in StoredMessages; empty if the octets were
  /// no MESSAGE of that sender for that recipient.
  struct Shown {
    std::uint64_t number;
    StoredOutcome::Kind kind;
    int status;
    std::string identity;
  };
  /// A message that was kept because its answer was late has been answered after all: it need not
  /// be attempted again (harmless if it is: the far edge knows its identity).
  struct KeptDelivered {
    std::string to;  ///< AoR
    std::string identity;
  };
  /// This node is a home of the user, and a phone at another one has proven to be his.
  struct Delegate {
    std::string aor;
    NodeId node;
  };
  using Output = std::variant<ToPhone, ToNode, MediaToNode, MediaToPhone, BindingChanged, Delegate,
                              StoredOutcome, Shown, KeptDelivered, Event>;

  struct Counters {
    std::uint64_t malformed = 0;        ///< datagrams and mesh messages that are no SIP message
    std::uint64_t keepalives = 0;       ///< CRLF and nothing else
    std::uint64_t unmatched = 0;        ///< responses and CANCELs of no transaction
    std::uint64_t over_limit = 0;       ///< refused because a table was full
    std::uint64_t refused = 0;          ///< 4xx made here: authentication, policy, no such user
    std::uint64_t impersonations = 0;   ///< requests of nodes that may not speak for the From user
    std::uint64_t seen_not_stored = 0;  ///< mark_seen() failed: may be shown twice after a restart
    std::uint64_t media_not_anchored = 0;  ///< session descriptions passed on as they were
    std::uint64_t outputs_dropped = 0;     ///< poll() was not called often enough
  };

  /// All references must outlive the edge. `random` makes tags, branches and nonces.
  Edge(Config config, const Locator& locator, const CredentialSource& credentials,
       StoredMessages& stored, MediaSockets& sockets, ports::Random& random);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  /// `message`: a datagram, or one whole message of a stream.
  void receive_phone(TimePoint now, const PhoneAddress& from, BytesView message);
  void receive_node(TimePoint now, const NodeId& from, BytesView message);
  void receive_rtp(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                   BytesView packet);
  void receive_media(TimePoint now, const NodeId& from, BytesView packet);
  /// The connection from or to that phone has ended or could not be made.
  void connection_ended(TimePoint now, const PhoneAddress& phone);
  /// That phone of the user has registered at another node at that time: if that is later than
  /// its last REGISTER here, it is forgotten here. Returns whether it was.
  bool phone_elsewhere(TimePoint now, std::string_view aor, std::uint64_t instance,
                       TimePoint registered_at);
  /// Takes up what registrations() of an earlier life said, of users whose phones may still
  /// register here. False if the bytes are not that.
  bool restore_registrations(TimePoint now, BytesView registrations);
  /// Delivery gave up on the ToNode of that number: its request fails with 408 at once.
  void node_unreachable(TimePoint now, const NodeId& node, std::uint64_t number);
  /// Tries a kept MESSAGE again, with identical Call-ID, CSeq and From tag. Ends in exactly one
  /// StoredOutcome with that id.
  void attempt_stored(TimePoint now, std::uint64_t id, std::string_view to, BytesView request);
  /// Shows a MESSAGE to the recipient's phones at this node alone, unless that was done before.
  /// The caller vouches for the sender (AoRs). Ends in exactly one Shown with that number.
  /// `identity`: where `request` does not say it any more, because it was made anew on its way.
  void show_message(TimePoint now, std::uint64_t number, std::string_view sender,
                    std::string_view recipient, BytesView request, std::string_view identity = {});
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] Counters counters() const;
  /// Users with a live binding here.
  [[nodiscard]] std::vector<std::string> registered_users() const;
  /// The user's phones here that name themselves.
  [[nodiscard]] std::vector<RegisteredPhone> phones(std::string_view aor) const;
  /// All bindings, to be kept across a restart; worth writing anew when the revision has grown.
  [[nodiscard]] Bytes registrations(TimePoint now) const;
  [[nodiscard]] std::uint64_t registrations_revision() const;
  /// Calls that pass this edge now, ringing or answered.
  [[nodiscard]] std::size_t calls() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace muster::sip
