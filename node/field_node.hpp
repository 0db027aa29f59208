// SPDX-License-Identifier: Apache-2.0
#pragma once

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
#include "core/base/link_address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/mesh/router.hpp"
#include "core/overlay/record.hpp"
#include "core/ports/message_store.hpp"
#include "core/ports/random.hpp"
#include "core/ports/record_store.hpp"
#include "core/ports/seen_store.hpp"
#include "core/ports/state_store.hpp"
#include "core/ports/wall_clock.hpp"
#include "node/frame_use.hpp"
#include "node/node_event.hpp"
#include "node/report.hpp"
#include "node/settings.hpp"
#include "radio/link_profile.hpp"
#include "security/certificate_pool.hpp"
#include "security/kit.hpp"
#include "security/trust_store.hpp"
#include "sip/media_anchor.hpp"
#include "sip/phone_address.hpp"

namespace muster::overlay {
class Directory;
}  // namespace muster::overlay

namespace muster::node {

/// A whole node: every pure machine of Muster joined, the same in the daemon and in the simulator.
///
/// A pure state machine: datagrams of links and phones come in, datagrams go out. `now` never runs
/// backwards.
class FieldNode {
 public:
  /// What the node asks of the world; all must outlive it.
  struct World {
    ports::Random& random;
    ports::StateStore& state;
    ports::RecordStore& records;
    ports::MessageStore& messages;
    ports::SeenStore& seen;
    sip::MediaSockets& media;
    security::CertificatePool* certificates = nullptr;  ///< shared with other nodes, if any
    const ports::WallClock* clock = nullptr;            ///< if this machine has one
    /// Whom the kits of all these nodes know; their own rosters are empty then.
    std::shared_ptr<const security::TrustStore> roster = nullptr;
  };

  /// A datagram for a link; nothing in `to` means everybody on it.
  struct SendLink {
    LinkId link;
    std::optional<LinkAddress> to;
    Bytes datagram;
    FrameUse use{};
  };
  /// A SIP message for a phone, from the listening socket or over its connection.
  struct SendPhone {
    sip::PhoneAddress to;
    Bytes message;
  };
  /// RTP or RTCP for a phone, from a media port.
  struct SendMedia {
    std::uint16_t local_port;
    IpEndpoint to;
    Bytes packet;
  };
  /// One line for the log. Names users: it stays on this machine.
  struct Note {
    enum class Level { debug, info, warning };
    Level level;
    std::string text;
  };
  /// For those who watch, and for the journal. Names users, as a note does.
  struct Happened {
    NodeEvent event;
  };
  /// What look_up() found, as a phone's INVITE would: where the user is registered.
  struct LookedUp {
    struct Binding {
      NodeId node;
      overlay::Version version;
      Bytes value;  ///< as its node wrote it
    };
    std::uint64_t number = 0;
    std::vector<Binding> bindings;  ///< none: there is none
    bool timed_out = false;         ///< those who may know were not heard: none does not mean none
    unsigned silent = 0;            ///< of those who may know
  };
  using Output = std::variant<SendLink, SendPhone, SendMedia, Note, Happened, LookedUp>;

  /// Counts the start (StateStore) before anything else. Fails if the kit or the store is unusable.
  [[nodiscard]] static Result<std::unique_ptr<FieldNode>> open(TimePoint now,
                                                               const security::Kit& kit,
                                                               const Settings& settings,
                                                               World world);
  ~FieldNode();
  FieldNode(const FieldNode&) = delete;

  /// `datagram_bytes_max`: the largest datagram the link carries, octets. What is sent on a metered
  /// link is paced by `profile`.
  void link_up(TimePoint now, LinkId link, std::size_t datagram_bytes_max,
               const radio::LinkProfile& profile = {});
  void link_down(TimePoint now, LinkId link);
  /// Somebody may be there, found by other means than beacons; told by unicast, soon forgotten.
  void candidate(TimePoint now, const LinkPath& path);
  void candidate_gone(TimePoint now, const LinkPath& path);
  /// Somebody is said to be at that address (the DNS names it): tried from now on as if it stood in
  /// the configuration. Harmless if known.
  void peer_named(TimePoint now, const IpEndpoint& peer);
  void receive_link(TimePoint now, const LinkPath& from, BytesView datagram);
  /// A datagram of that size for somebody else has just ended on a shared channel.
  void overheard(TimePoint now, LinkId link, std::size_t datagram_bytes);
  /// `message`: a datagram, or one whole message of a connection.
  void receive_phone(TimePoint now, const sip::PhoneAddress& from, BytesView message);
  /// A connection from or to a phone has ended, or could not be made.
  void phone_connection_ended(TimePoint now, const sip::PhoneAddress& phone);
  void receive_media(TimePoint now, std::uint16_t local_port, const IpEndpoint& from,
                     BytesView datagram);
  /// Where is the user? AoR without scheme. The answer comes as LookedUp with the number returned.
  std::uint64_t look_up(TimePoint now, std::string_view aor);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// Begins a trace of an AoR, a user's name, a node's name or a NodeId (`number` 0), or tells how
  /// one goes on.
  [[nodiscard]] TraceReport trace(TimePoint now, std::string_view target, std::uint64_t number);

  /// Who offers that service, or any if it is empty (`number` 0), or what has come of that question
  /// since.
  [[nodiscard]] ServicesReport services(TimePoint now, std::string_view service,
                                        std::uint64_t number);

  /// Everything but health, traces and services, which are not told without trying.
  [[nodiscard]] Report report(TimePoint now, Question question) const;
  /// For those who judge a whole overlay.
  [[nodiscard]] const overlay::Directory& directory() const;
  [[nodiscard]] const mesh::Router& router() const;
  /// Writes this node's record anew and reads it back; at most every health_check_pause, since
  /// every node has to take it.
  [[nodiscard]] HealthReport check_health(TimePoint now);
  static constexpr Duration health_check_pause = std::chrono::seconds{10};

 private:
  class Core;
  explicit FieldNode(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace muster::node
